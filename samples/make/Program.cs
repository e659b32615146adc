using Interpret.Contracts;
using Interpret.Samples.Make.RandomPair;
using Interpret.Samples.Make.World;

try
{
    switch (args)
    {
        case ["world", var folder]:
            WorldFiles.Write(folder);
            return 0;
        case ["study", var folder]:
            WorldStudy.Write(folder);
            return 0;
        case ["ask", var checkpoint, var dataset]:
            WorldCheck.Write(checkpoint, dataset, Console.Out);
            return 0;
        case ["control", var study]:
            Console.WriteLine(WorldControl.Of(study));
            return 0;
        case ["coherence", var table, var vectors]:
            WorldConcepts.Write(table, vectors, Console.Out);
            return 0;
        case ["random", var folder]:
            RandomStudy.Write(folder);
            return 0;
        default:
            Console.Error.WriteLine(
                """
                usage: make world FOLDER               receives the texts that a pair of models is trained from: samples
                       make study FOLDER               holds those texts and the trained pair; receives the words, their vectors and the ratings of its study
                       make ask CHECKPOINT DATASET     prints how often a model's response is the right one
                       make control STUDY              prints Table 2 with the right response given to both models
                       make coherence TABLE VECTORS    prints how alike the words of feed-forward concepts are; TABLE as interpret export feed-forward writes it
                       make random FOLDER              holds a dataset; receives a pair of random weights and a study of it: tests/data/random-pair
                """);
            return 2;
    }
}
catch (BadInputException e)
{
    Console.Error.WriteLine(e.Message);
    return 3;
}
