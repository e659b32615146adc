using Interpret.Exchange.Originals;

namespace Interpret.Unit.Tests.Explaining;

/// <summary>Published files of one case each.</summary>
internal static class AttributionFile
{
    public static PublishedAttribution Read(string path)
    {
        using var stream = File.OpenRead(path);
        return AttributionPickle.Read(stream, path);
    }
}
