using Interpret.Contracts;
using Interpret.Storage;

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
}
