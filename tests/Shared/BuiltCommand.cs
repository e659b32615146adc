using System.Reflection;

namespace Interpret.Tests.Shared;

/// <summary>Where the programs under test lie: in the folder that <c>INTERPRET_COMMAND</c> names, which is what people run, or else beside the tests.</summary>
public static class BuiltCommand
{
    public static string Of(Assembly program) =>
        Environment.GetEnvironmentVariable("INTERPRET_COMMAND") is { Length: > 0 } folder ? Path.Combine(folder, Path.GetFileName(program.Location))
            : program.Location;
}
