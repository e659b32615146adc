using Microsoft.AspNetCore.Http;

namespace Interpret.ServiceDefaults;

/// <summary>How people sign in to a service that has pages.</summary>
/// <param name="Page">Where they are sent who ask for a page that is not open to them.</param>
/// <param name="Assets">What the page itself is made of.</param>
public sealed record SignIn(PathString Page, PathString Assets)
{
    /// <summary>Whether a path needs no token: the page, which asks for it.</summary>
    public bool IsOpen(PathString path) => path == Page || path.StartsWithSegments(Assets);
}
