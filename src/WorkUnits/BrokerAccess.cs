using MassTransit;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Interpret.WorkUnits;

/// <summary>
/// MassTransit tries for ever to reach a broker, but gives up for good when it refuses the credentials, which an operator may mend there at any time.
/// Asked before each of its connections, this meets the refusal in its place and makes it one that is tried again.
/// </summary>
internal static class BrokerAccess
{
    /// <exception cref="RabbitMqConnectionException">The broker refuses the credentials.</exception>
    public static async Task RequireAsync(Uri broker)
    {
        var factory = new ConnectionFactory { Uri = broker, AutomaticRecoveryEnabled = false };
        if (!await IsRefusedAsync(factory))
            return;
        var refusal = $"the broker at {broker.Host}:{factory.Endpoint.Port} refuses the user {factory.UserName} with this password; see ConnectionStrings__Broker";
        // MassTransit takes one without a cause for lasting, and does not try again.
        throw new RabbitMqConnectionException(refusal, new UnauthorizedAccessException(refusal));
    }

    private static async Task<bool> IsRefusedAsync(ConnectionFactory factory)
    {
        try
        {
            await using var connection = await factory.CreateConnectionAsync();
            return false;
        }
        catch (BrokerUnreachableException e)
        {
            return e.GetBaseException() is AuthenticationFailureException; // of anything else MassTransit hears itself, and tries again
        }
    }
}
