using Interpret.Contracts;
using Interpret.Samples.Make;

// dotnet run --project samples/make -c Release -- samples
if (args is not [var folder])
{
    Console.Error.WriteLine("usage: make FOLDER   the folder that holds dataset.tsv, such as samples");
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
