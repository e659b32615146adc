using Interpret.Contracts;
using Interpret.Orchestrator;
using Microsoft.Extensions.Hosting;

try
{
    var builder = Host.CreateApplicationBuilder(args);
    builder.AddOrchestrator();
    await builder.Build().RunAsync();
    return 0;
}
catch (BadInputException e)
{
    await Console.Error.WriteLineAsync($"error: {e.Message} [{e.ErrorClass}]");
    return 3;
}
