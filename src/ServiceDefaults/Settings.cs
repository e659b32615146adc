using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Interpret.Contracts;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Interpret.ServiceDefaults;

/// <summary>
/// Settings as options: a section of the configuration is a record, each setting a property, what it may be an attribute whose message, if it has one,
/// says what was expected. They are bound and checked before a service starts; one that cannot be used is refused by name.
/// </summary>
public static class Settings
{
    /// <summary>Adds a section's record to what can be asked for.</summary>
    public static OptionsBuilder<T> AddSettings<T>(this IServiceCollection services, string section)
        where T : class
    {
        services.TryAddSingleton(provider => provider.GetRequiredService<IOptions<T>>().Value);
        services.AddSingleton<IValidateOptions<T>>(new Allowed<T>(section));
        return services.AddOptions<T>().Configure<IConfiguration>((_, settings) => RequireReadable<T>(settings, section)).BindConfiguration(section)
            .ValidateOnStart();
    }

    /// <summary>Adds a section's record, and reads it already: what is needed to put the service together.</summary>
    /// <exception cref="BadInputException"><c>setting-bad</c>, <c>setting-missing</c>.</exception>
    public static T AddSettings<T>(this IHostApplicationBuilder builder, string section)
        where T : class, new()
    {
        builder.Services.AddSettings<T>(section);
        return Read<T>(builder.Configuration, section);
    }

    /// <summary>Reads a section.</summary>
    /// <exception cref="BadInputException"><c>setting-bad</c>, <c>setting-missing</c>.</exception>
    public static T Read<T>(IConfiguration settings, string section)
        where T : class, new()
    {
        RequireReadable<T>(settings, section);
        var read = settings.GetSection(section).Get<T>() ?? new T();
        RequireAllowed(read, section);
        return read;
    }

    /// <summary>The binder's own words show a type's name and a stack.</summary>
    private static void RequireReadable<T>(IConfiguration settings, string section)
    {
        foreach (var property in typeof(T).GetProperties().Where(property => property.CanWrite))
        {
            var key = $"{section}:{property.Name}";
            try
            {
                settings.GetValue(property.PropertyType, key);
            }
            catch (InvalidOperationException e)
            {
                throw Refusal(ErrorClasses.SettingBad, key, Expected(property), settings[key], e);
            }
        }
    }

    private static void RequireAllowed<T>(T settings, string section)
    {
        foreach (var property in typeof(T).GetProperties())
        {
            var value = property.GetValue(settings);
            if (property.GetCustomAttributes<ValidationAttribute>().FirstOrDefault(rule => !rule.IsValid(value)) is { } rule)
            {
                throw Refusal(
                    rule is RequiredAttribute ? ErrorClasses.SettingMissing : ErrorClasses.SettingBad, $"{section}:{property.Name}", Expected(property),
                    Convert.ToString(value, CultureInfo.InvariantCulture));
            }
        }
    }

    private static BadInputException Refusal(string errorClass, string key, string expected, string? found, Exception? cause = null) => new(
        errorClass, "configuration", key, expected, string.IsNullOrEmpty(found) ? "nothing" : found,
        $"Set the environment variable {key.Replace(":", "__", StringComparison.Ordinal)}", cause);

    private static string Expected(PropertyInfo property)
    {
        if (property.GetCustomAttributes<ValidationAttribute>().Select(rule => rule.ErrorMessage).FirstOrDefault(said => said is not null) is { } words)
            return words;
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        var form = type == typeof(bool) ? "true or false"
            : type == typeof(int) || type == typeof(long) ? "a whole number"
            : type == typeof(double) ? "a number"
            : type == typeof(TimeSpan) ? "a time as [d:]h:mm:ss[.fff]"
            : "a value";
        return property.GetCustomAttribute<RangeAttribute>() is { } range
            ? string.Create(CultureInfo.InvariantCulture, $"{form} from {range.Minimum} to {range.Maximum}")
            : form;
    }

    private sealed class Allowed<T>(string section) : IValidateOptions<T>
        where T : class
    {
        public ValidateOptionsResult Validate(string? name, T options)
        {
            RequireAllowed(options, section);
            return ValidateOptionsResult.Success;
        }
    }
}

/// <summary>An http or https address, or none.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class HttpAddressAttribute : ValidationAttribute
{
    /// <summary>Whether it is listened on: a host of <c>+</c> or <c>*</c> stands for every interface then.</summary>
    public bool Listens { get; init; }

    public override bool IsValid(object? value) =>
        value is null or "" || (Listens ? OfInterface((string)value) : HttpAddress.Parse((string)value)) is not null;

    /// <returns>Null when it is none.</returns>
    internal static Uri? OfInterface(string address) => HttpAddress.Parse(
        address.Replace("//+", "//0.0.0.0", StringComparison.Ordinal).Replace("//*", "//0.0.0.0", StringComparison.Ordinal));
}
