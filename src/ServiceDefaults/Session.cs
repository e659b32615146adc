using System.Security.Claims;
using Interpret.Contracts;

namespace Interpret.ServiceDefaults;

/// <summary>Whose the session of a browser is.</summary>
public static class Session
{
    /// <summary>What a session keeps of the token that opened it.</summary>
    /// <param name="scheme">How sessions are kept.</param>
    public static ClaimsPrincipal Of(Caller caller, string scheme) =>
        new(new ClaimsIdentity([new Claim(ClaimTypes.Name, caller.Name), new Claim(ClaimTypes.Role, caller.Role)], scheme));

    /// <summary>Null: there is no session.</summary>
    public static Caller? CallerOf(ClaimsPrincipal user) => user.Identity is { IsAuthenticated: true, Name: { } name }
        ? new Caller(name, user.IsInRole(AccessRole.Operator) ? AccessRole.Operator : AccessRole.Reader) : null;
}
