namespace Interpret.Models.Pickles;

/// <summary>What a global that no reader allows says of its file: most are a program's settings saved beside the numbers, few are an attack.</summary>
internal static class KnownGlobals
{
    private const string NotRun = "Nothing of the file was executed";

    /// <summary>Modules through which a pickle runs what it likes.</summary>
    private static readonly string[] Harmful =
        ["os", "posix", "nt", "subprocess", "sys", "socket", "shutil", "runpy", "importlib", "pty", "commands", "ctypes", "code", "webbrowser", "pickle"];

    private static readonly string[] HarmfulBuiltins = ["eval", "exec", "compile", "open", "getattr", "__import__", "setattr", "globals", "apply", "execfile"];

    /// <summary>What to do about a file that names a global.</summary>
    /// <param name="name">The module and the name, parted by a point.</param>
    public static string Remedy(string name)
    {
        var module = name.Split('.', 2)[0];
        var harmful = Harmful.Contains(module)
            || (module is "builtins" or "__builtin__" or "__builtins__" && HarmfulBuiltins.Contains(name[(module.Length + 1)..]));
        return harmful
            ? $"{NotRun}. No program saves results so: the file was made to run something, do not load it elsewhere"
            : $"{NotRun}. A program's own objects (settings, dates, whole models) stand beside the numbers: save these alone, of a model its state_dict()";
    }
}
