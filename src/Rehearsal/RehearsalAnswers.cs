using System.Security.Cryptography;
using System.Text;

namespace Interpret.Rehearsal;

/// <summary>
/// Answers the questions by what the words look like: themes that several of them belong to, endings and beginnings that they share.
/// Plausible, varied, the same for the same question and seed, and without any meaning.
/// </summary>
internal static class RehearsalAnswers
{
    private const string CannotTell = "Cannot Tell";

    /// <summary>A theme's words are known by their beginnings.</summary>
    private static readonly (string Phrase, string Task, string Stems)[] Themes =
    [
        ("programming and software", "Coding", "code,function,class,java,python,html,string,variable,array,return,import,error,file,server,data,script,json,sql,loop,print,input,output,app,web,soft"),
        ("numbers and calculation", "Solving Math Problems", "number,sum,equation,math,calcul,multipl,divid,plus,minus,percent,one,two,three,four,five,six,seven,eight,nine,ten,hundred,angle,half,equal,count,first,second,third"),
        ("poems and stories", "Literary Writing",
            "poem,poet,story,novel,verse,rhyme,character,plot,tale,moon,love,dream,king,queen,dragon,heart,song,lyric,river,wind,star,night"),
        ("e-mails and everyday messages", "Daily Writing",
            "email,mail,letter,dear,thank,hello,friend,party,meet,invit,birthday,trip,travel,food,cook,recipe,tea,bread,soup,weekend,hotel,plan"),
        ("business and reports", "Professional Writing", "report,business,market,company,client,manage,team,product,policy,law,legal,contract,research,medical,patient,finance,sales,project,review,summar,career"),
        ("foreign words and languages", "Translation", "translat,french,spanish,german,chinese,italian,english,language,le,la,der,die,und,el,les,que,para"),
        ("function words", "None",
            "the,and,of,in,to,it,is,at,that,on,for,with,as,by,not,this,an,are,or,do,no,they,we,what,who,be,from,have,into,was,when,your,if,but,he,she"),
        ("verbs of instructions", "Professional Writing",
            "write,explain,describe,give,make,list,name,tell,show,create,find,rewrite,answer,compare,suggest,identify,keep,watch"),
        ("time and the calendar", "Daily Writing",
            "day,week,month,year,today,morning,evening,hour,minute,monday,sunday,spring,summer,winter,autumn,time,clock"),
    ];

    private static readonly string[] Forms = ["Words about {0}", "Terms of {0}", "{0}, mostly", "Vocabulary of {0}"];
    private static readonly string[] Endings = ["ing", "ed", "ly", "tion", "er", "es", "al", "ch", "th", "nt"];

    public static string Answer(RehearsalQuestion question)
    {
        if (JudgedWords.Of(question.User) is { } judged)
            return Detection(judged);
        var about = question.User[(question.User.IndexOf(':') + 1)..].Trim();
        if (question.System.Contains("morphology", StringComparison.OrdinalIgnoreCase))
            return Linguistic(about);
        return question.System.Contains("translation", StringComparison.OrdinalIgnoreCase) ? Task(about) : Summary(about, question.Seed);
    }

    private static string Summary(string about, long seed)
    {
        var words = about.Split([',', ' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(word => word.Trim('.', '"').ToLowerInvariant())
            .Where(word => word.Length > 0).ToList();
        var chance = Chance(about, seed);
        if (words.Count == 0)
            return CannotTell;
        var themes = Themes.Select(
            theme => (theme.Phrase,
            Hits: words.Count(word => IsOf(theme.Stems, word))))
            .OrderByDescending(theme => theme.Hits).ToList();
        // Passes see the same words differently now and then.
        var chosen = themes[chance % 5 == 0 && themes[1].Hits > 1 ? 1 : 0];
        if (chosen.Hits * 5 >= words.Count)
            return Capital(string.Format(System.Globalization.CultureInfo.InvariantCulture, Forms[chance / 5 % Forms.Length], chosen.Phrase));
        if (Array.Find(
            Endings, ending =>
            words.Count(word => word.Length > ending.Length + 1 && word.EndsWith(ending, StringComparison.Ordinal)) * 5 >= words.Count) is { } shared
            && chance % 3 != 0)
            return $"Word forms ending in -{shared}";
        var letter = words.GroupBy(word => word[0]).MaxBy(group => group.Count())!;
        if (letter.Count() * 5 >= words.Count && chance % 3 == 0)
            return $"Words beginning with the letter {letter.Key}";
        return chance % 4 != 1 && chosen.Hits > 0 ? $"A mixture around {chosen.Phrase}" : CannotTell;
    }

    /// <summary>Words fit where the rule that made the summary would have counted them; a few are taken for the other.</summary>
    private static string Detection(JudgedWords judged)
    {
        var description = judged.Description;
        var themes = Themes.Where(theme => description.Contains(theme.Phrase, StringComparison.OrdinalIgnoreCase)).ToList();
        var fitting = judged.Words.Index().Where(one => Fits(one.Item.ToLowerInvariant()) != (Chance(one.Item + description, 0) % 11 == 0))
            .Select(one => one.Index + 1).ToList();
        return Chance(description + string.Concat(judged.Words), 0) % 41 == 0 ? "Most of them" // no answer to the question, for the reader of strict rules
            : fitting.Count == 0 ? "None" : string.Join(", ", fitting);

        bool Fits(string word) => themes.Exists(theme => IsOf(theme.Stems, word))
            || Array.Exists(Endings, ending => description.EndsWith($"-{ending}", StringComparison.Ordinal) && word.EndsWith(ending, StringComparison.Ordinal))
            || (description.Contains("the letter ", StringComparison.Ordinal) && word[0] == description[^1]);
    }

    private static bool IsOf(string stems, string word) =>
        Array.Exists(stems.Split(','), stem => stem.Length < 4 ? word == stem : word.StartsWith(stem, StringComparison.Ordinal));

    private static string Task(string summary)
    {
        var labels = Themes.Where(theme => theme.Task != "None" && summary.Contains(theme.Phrase, StringComparison.OrdinalIgnoreCase))
            .Select(theme => theme.Task).ToList();
        var chance = Chance(summary, 0);
        if (labels.Count > 0 && chance % 4 == 0)
            labels.Add(labels[0] == "Professional Writing" ? "Daily Writing" : "Professional Writing");
        return labels.Count == 0 ? "None" : chance % 29 == 0 ? "Small Talk"
            : string.Join(", ", labels); // a label that was not offered, for the reader of strict rules
    }

    private static string Linguistic(string summary) =>
        summary.Contains("beginning with", StringComparison.Ordinal) ? "Phonology"
        : summary.Contains("ending in", StringComparison.Ordinal) ? "Morphology"
        : summary.Contains("function words", StringComparison.OrdinalIgnoreCase)
            || (summary.Contains("verbs", StringComparison.OrdinalIgnoreCase) && Chance(summary, 0) % 2 == 0) ? "Syntax"
        : "Semantic";

    private static int Chance(string text, long seed) => BitConverter.ToUInt16(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed} {text}")));

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
