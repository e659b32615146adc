using System.Security.Cryptography;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Interpret.Reports.Documents;

/// <summary>Elements of an HTML page that is well-formed XML, too: whatever text is put in stays text.</summary>
public static class Html
{
    private static readonly XNamespace Names = "http://www.w3.org/1999/xhtml";

    /// <summary>Elements without content; all others have an end tag, which HTML asks for.</summary>
    private static readonly string[] Void = ["br", "hr", "img", "input", "link", "meta"];

    public static XElement Element(string name, params object?[] content)
    {
        var element = new XElement(Names + name, content.Select(one => one is string text ? Legible(text) : one));
        if (element.IsEmpty && !Void.Contains(name)) element.Add("");
        return element;
    }

    public static XAttribute At(string name, string value) => new(name, Legible(value));

    /// <summary>Elements, each on a line of its own.</summary>
    public static IEnumerable<object> Lines(params IEnumerable<XElement?> elements) =>
        elements.OfType<XElement>().SelectMany(element => new object[] { "\n", element }).Append("\n");

    /// <summary>A page that loads nothing and runs nothing but what <paramref name="policy"/> allows.</summary>
    public static string Page(string title, string style, string policy, IEnumerable<object> body)
    {
        var page = Element(
            "html", At("lang", "en"),
            Lines(
                Element("head", Lines(
                    Element("meta", At("charset", "utf-8")),
                    Element("meta", At("http-equiv", "Content-Security-Policy"), At("content", policy)),
                    Element("meta", At("name", "viewport"), At("content", "width=device-width, initial-scale=1")),
                    Element("meta", At("name", "color-scheme"), At("content", "light dark")),
                    Element("title", title),
                    Element("style", style))),
                Element("body", body)));
        return $"<!DOCTYPE html>\n{page.ToString(SaveOptions.DisableFormatting)}\n";
    }

    /// <summary>A drawing within a page: what it names by id is told apart from what others name.</summary>
    /// <param name="svg">The drawing, as a document of its own.</param>
    /// <param name="id">What no other drawing of the page is called.</param>
    public static XElement Drawing(string svg, string id)
    {
        var drawing = XElement.Parse(svg, LoadOptions.None);
        foreach (var attribute in drawing.DescendantsAndSelf().Attributes())
        {
            if (attribute.Name == "id") attribute.Value = $"{id}-{attribute.Value}";
            else attribute.Value = attribute.Value.Replace("url(#", $"url(#{id}-", StringComparison.Ordinal);
        }

        return drawing;
    }

    /// <summary>How a policy names a style or a script that stands in a page: the SHA-256 of its text, in Base64.</summary>
    public static string Hash(string text) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>A text with a replacement character for each that XML cannot hold, such as U+FFFE or half a pair.</summary>
    internal static string Legible(string text)
    {
        var legible = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            legible.Append(rune.IsBmp && !XmlConvert.IsXmlChar((char)rune.Value) ? Rune.ReplacementChar : rune);
        return legible.ToString();
    }
}
