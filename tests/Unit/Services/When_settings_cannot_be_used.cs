using Interpret.Contracts;
using Interpret.GpuWorker;
using Interpret.Orchestrator;
using Interpret.Pages;
using Interpret.ServiceDefaults;
using Interpret.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Interpret.Unit.Tests.Services;

public sealed class When_settings_cannot_be_used
{
    [Theory]
    [InlineData("Host=db;Password=hunter2;=")]
    [InlineData("hunter2")]
    [InlineData("Host=db;Pasword=hunter2")]
    public void A_connection_string_that_is_none_is_refused_without_being_shown(string connection)
    {
        var refusal = Should.Throw<BadInputException>(() => new PostgresStorage(connection));
        refusal.ErrorClass.ShouldBe("connection-string");
        refusal.Message.ShouldContain("ConnectionStrings__Database");
        refusal.Message.ShouldNotContain("hunter2");
    }

    [Theory]
    [InlineData("Http:Address", "anywhere", "http://host:port; + for every interface")]
    [InlineData("Http:OpenReads", "perhaps", "true or false")]
    [InlineData("Reports:Address", "http://+:8081", "where the reports service answers, as http://host:port")]
    [InlineData("Reports:Address", "reports:8081", "where the reports service answers, as http://host:port")]
    [InlineData("Orchestrator:MaxUploadBytes", "0", "a whole number of bytes above 0")]
    [InlineData("Orchestrator:MaxUploadBytes", "64G", "a whole number of bytes above 0")]
    [InlineData("WorkUnits:Attempts", "101", "a whole number from 1 to 100")]
    public void An_orchestrator_names_the_setting_and_what_was_expected_and_found(string setting, string value, string expected) =>
        Check(setting, value, expected, ErrorClasses.SettingBad, builder => builder.AddOrchestrator());

    [Theory]
    [InlineData("Worker:Model", "", "the name of a model in studies", ErrorClasses.SettingMissing)]
    [InlineData("Worker:Checkpoint", "", "the folder of its checkpoint", ErrorClasses.SettingMissing)]
    [InlineData("Worker:Preload", "later", "true or false", ErrorClasses.SettingBad)]
    public void So_does_a_worker(string setting, string value, string expected, string errorClass) =>
        Check(setting, value, expected, errorClass, builder => builder.AddGpuWorker());

    [Fact]
    public void So_does_a_reports_service() =>
        Check("ConnectionStrings:Database", "", PostgresStorage.Format, ErrorClasses.SettingMissing, builder => builder.AddReports());

    /// <summary>As a service is put together and started, up to what needs a database.</summary>
    private static void Check(string setting, string value, string expected, string errorClass, Action<WebApplicationBuilder> add)
    {
        var refusal = Should.Throw<BadInputException>(() =>
        {
            var builder = WebApplication.CreateBuilder();
            builder.Configuration["ConnectionStrings:Database"] = "Host=127.0.0.1;Database=none";
            builder.Configuration["ConnectionStrings:Broker"] = "amqp://127.0.0.1/";
            builder.Configuration["Worker:Model"] = builder.Configuration["Worker:Checkpoint"] = "base";
            builder.Configuration[setting] = value;
            builder.AddHttp(0);
            add(builder);
            using var app = (IDisposable)builder.Build();
            ((WebApplication)app).Services.GetRequiredService<IStartupValidator>().Validate();
        });
        (refusal.ErrorClass, refusal.InputSource, refusal.Where, refusal.Expected, refusal.Found)
            .ShouldBe((errorClass, "configuration", setting, expected, value.Length == 0 ? "nothing" : value));
        refusal.Remedy.ShouldBe($"Set the environment variable {setting.Replace(":", "__")}");
    }

    [Fact]
    public void What_is_empty_is_unset()
    {
        var builder = WebApplication.CreateBuilder();
        foreach (var setting in new[] { "Http:Address", "Http:OpenReads", "Http:Token" })
            builder.Configuration[setting] = "";
        var settings = builder.AddSettings<HttpSettings>(HttpSettings.Section);
        (settings.Address, settings.OpenReads, settings.Token).ShouldBe(("", null, ""));
    }
}
