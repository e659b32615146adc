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
        try
        {
            await using var connection = await factory.CreateConnectionAsync();
        }
        catch (Exception e) when (e.GetBaseException() is AuthenticationFailureException)
        {
            throw new RabbitMqConnectionException(
                $"the broker at {broker.Host}:{factory.Endpoint.Port} refuses the user {factory.UserName} with this password; see ConnectionStrings__Broker");
        }
        catch (BrokerUnreachableException)
        {
            // MassTransit meets that too, and tries again
        }
    }
}
