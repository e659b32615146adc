using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Interpret.Contracts;
using Interpret.Exchange.Import;
using Interpret.Exchange.Text;
using Interpret.Models.Tokenizers;

namespace Interpret.Cli.Clients;

/// <summary>An import as a multipart form. Files go by the names that the user typed, so that a server's errors name them as the user does.</summary>
internal static class ImportForm
{
    public static MultipartFormDataContent Of(ImportRequest request)
    {
        var form = new MultipartFormDataContent
        {
            { new StringContent(request.Target.Model), "model" },
            { new StringContent(request.Target.Role), "role" },
        };
        foreach (var (part, text) in new[] { ("size", request.Target.Size), ("parent", request.Target.Parent), ("training", request.Target.Training) })
        {
            if (text is not null) form.Add(new StringContent(text), part);
        }

        if (request is AnnotationsRequest { File.Pass: var pass })
            form.Add(new StringContent(pass.ToString(CultureInfo.InvariantCulture)), "pass");
        if (request is AttributionsRequest { Sources: var sources })
        {
            var tokenizer = Directory.Exists(sources.TokenizerPath)
                ? Path.Combine(sources.TokenizerPath, TokenizerFormats.Of(sources.TokenizerPath).FileName) : sources.TokenizerPath;
            foreach (var (part, file) in new[] { ("dataset", sources.DatasetPath), ("tokenizer", tokenizer), ("ratings", sources.RatingsPath) })
            {
                if (file is not null)
                    Add(form, part, file == "-" ? throw ReadAlready() : new InputFile(file, () => File.OpenRead(file)));
            }
        }

        foreach (var file in request.Files)
            Add(form, "file", file);
        return form;
    }

    private static BadInputException ReadAlready() =>
        new(ErrorClasses.InputMissing, TextInput.Name("-"), null, "a file: it is read here before it is sent", "standard input");

    private static void Add(MultipartFormDataContent form, string part, InputFile file)
    {
        var content = new FileContent(file);
        content.Headers.ContentDisposition = new ContentDispositionHeaderValue("form-data") { Name = part, FileNameStar = file.Name };
        form.Add(content);
    }

    /// <summary>A file that is opened when it is its turn: there may be more than a process can hold open.</summary>
    private sealed class FileContent(InputFile file) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await using var source = Open();
            await source.CopyToAsync(stream, cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        private Stream Open()
        {
            try
            {
                return file.Open();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new BadInputException(ErrorClasses.InputMissing, file.Name, null, "a readable file", e.Message, inner: e);
            }
        }
    }
}
