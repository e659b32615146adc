using System.Text.RegularExpressions;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Interpret.Orchestrator.Http;

/// <summary>What the OpenAPI document says beyond what the routes themselves do: who may, and what stands in a path.</summary>
internal static partial class ApiDescription
{
    private const string Bearer = "bearer";

    public static void Describe(OpenApiOptions options)
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal);
            document.Components.SecuritySchemes[Bearer] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = Bearer,
                Description = "The service's access token; whoever changes something shows it, and, beyond loopback, whoever reads.",
            };
            foreach (var operation in document.Paths.Values.SelectMany(path => path.Operations ?? []).Where(operation => operation.Key != HttpMethod.Get))
                (operation.Value.Security ??= []).Add(new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, document)] = [] });
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            operation.Parameters ??= [];
            foreach (var name in InBraces().Matches(context.Description.RelativePath ?? "").Select(match => match.Groups["name"].Value))
            {
                if (operation.Parameters.Any(parameter => parameter.Name == name))
                    continue;
                var text = new OpenApiSchema { Type = JsonSchemaType.String };
                operation.Parameters.Add(new OpenApiParameter { Name = name, In = ParameterLocation.Path, Required = true, Schema = text });
            }

            return Task.CompletedTask;
        });
    }

    [GeneratedRegex(@"\{(?<name>\w+)\}", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex InBraces();
}
