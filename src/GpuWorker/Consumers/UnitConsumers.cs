using Interpret.Contracts;
using Interpret.Storage;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace Interpret.GpuWorker.Consumers;

/// <summary>The model that a worker of a cluster hosts, and where it has it; the embedded mode hosts whatever a unit asks for.</summary>
/// <param name="Model">Its name in studies.</param>
/// <param name="Checkpoint">Its directory on this machine.</param>
/// <param name="ContentHash">Hash of the checkpoint's files.</param>
public sealed record HostedModel(string Model, string Checkpoint, string? ContentHash)
{
    /// <summary>The error of a study that means another checkpoint by the model's name.</summary>
    public BadInputException Differs(ModelRow meant) => new(
        "checkpoint-differs", Checkpoint, null, $"the checkpoint {meant.ContentHash} that study {meant.StudyId} means by {Model}", $"{ContentHash}",
        "Give this worker the study's checkpoint, or its model another name");
}

/// <summary>Every consumer of units, and what they work with.</summary>
public static class UnitConsumers
{
    public static void AddUnitConsumers(this IBusRegistrationConfigurator bus)
    {
        Add<ExplainPromptConsumer>();
        Add<ExplainHeadsConsumer>();
        Add<ExplainLayerConsumer>();

        void Add<TConsumer>()
            where TConsumer : class, IConsumer => bus.AddConsumer<TConsumer, UnitConsumerDefinition<TConsumer>>().ExcludeFromConfigureEndpoints();
    }

    public static void ConfigureUnitConsumers(this IReceiveEndpointConfigurator endpoint, IBusRegistrationContext context)
    {
        endpoint.ConfigureConsumer<ExplainPromptConsumer>(context);
        endpoint.ConfigureConsumer<ExplainHeadsConsumer>(context);
        endpoint.ConfigureConsumer<ExplainLayerConsumer>(context);
    }

    /// <param name="services">The process.</param>
    /// <param name="hosted">Null: each unit's model is loaded from where its study says.</param>
    public static IServiceCollection AddModelWork(this IServiceCollection services, HostedModel? hosted)
    {
        if (hosted is not null)
            services.AddSingleton(hosted);
        return services.AddSingleton<ModelHost>().AddSingleton<VocabularyHost>().AddSingleton<UnitContexts>();
    }
}
