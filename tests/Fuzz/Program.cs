using System.Globalization;
using Interpret.Fuzz;

// Fuzz DATA [INPUTS [SEED [TARGET]]]: every reader, or one, on so many damaged inputs; DATA is tests/data/random-pair.
var data = args.Length > 0 ? args[0] : Path.Combine("tests", "data", "random-pair");
var count = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 100_000;
var seed = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 1;
var failed = false;
foreach (var target in FuzzTargets.All(data).Where(target => args.Length < 4 || target.Name == args[3]))
{
    try
    {
        FuzzRun.Of(target, seed, count, Path.Combine(Path.GetTempPath(), "interpret-fuzz", target.Name.Replace(' ', '-')));
        Console.WriteLine($"{target.Name}: {count} inputs");
    }
    catch (FuzzException e)
    {
        Console.WriteLine(e.Message);
        failed = true;
    }
}

return failed ? 1 : 0;
