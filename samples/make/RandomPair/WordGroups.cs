namespace Interpret.Samples.Make.RandomPair;

/// <summary>Words that belong together: the verbs of instructions, general verbs and some nouns, each in one group.</summary>
internal static class WordGroups
{
    private const string Groups = """
        write compose author pen scribble draft note letter
        edit revise correct rewrite proofread amend polish text
        summarize shorten condense abridge outline recap summary
        translate interpret transcribe render paraphrase language
        explain clarify illustrate demonstrate elucidate teach meaning
        describe depict portray characterize sketch scene
        analyze evaluate assess examine investigate study inspect
        classify categorize sort group arrange rank label list
        identify detect recognize spot discover notice find
        estimate predict forecast measure calculate count number
        solve resolve answer decide reason problem question
        create generate make produce build construct invent
        design plan devise draw plot map model
        develop improve extend expand grow enlarge
        give provide supply offer hand lend gift
        help assist support serve aid advise
        recommend suggest propose urge advertise advice
        repeat retrieve recall remember remind memory
        say tell speak talk mention announce word
        act perform play behave dance stage
        follow obey chase pursue trail rule
        format align indent print page
        output display show present reveal screen
        have own possess keep hold retain
        ask request beg invite demand
        walk run jump climb crawl march
        eat drink cook bake fry boil bread
        wash clean scrub rinse sweep wipe towel
        buy sell trade pay spend borrow price
        sleep rest dream nap wake night
        sing whistle hum shout whisper song
        throw catch kick toss drop ball
        break crack crush smash shatter glass
        travel fly sail drive ride train
        plant water dig harvest prune garden
        win lose compete defeat fight game
        laugh smile cry weep grin
        open close lock shut seal door
        fix repair mend patch replace tool
        love hate fear admire envy
        """;

    public static IReadOnlyList<IReadOnlyList<string>> All { get; } = [.. Groups.Split('\n').Select(group => group.Trim().Split(' '))];
}
