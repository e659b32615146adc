using System.Reflection;

namespace Interpret.ServiceDefaults;

/// <summary>Which build this is.</summary>
public static class ProductVersion
{
    /// <summary>The product's version, with the commit that it was built from where the build knew it.</summary>
    public static string Text { get; } =
        typeof(ProductVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
