using Interpret.Contracts;
using Interpret.Samples.Make;

// dotnet run --project samples/make -c Release -- samples
// dotnet run --project samples/make -c Release -- world samples/world
if (args is ["world", var world])
{
    WorldFiles.Write(world);
    return 0;
}

if (args is not [var folder])
{
    Console.Error.WriteLine("usage: make FOLDER         the folder that holds dataset.tsv, such as samples\n       make world FOLDER   receives the texts that a pair of models is trained from");
    return 2;
}

try
{
    SampleStudy.Write(folder);
    return 0;
}
catch (BadInputException e)
{
    Console.Error.WriteLine(e.Message);
    return 3;
}
