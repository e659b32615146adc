#nullable enable
#pragma warning disable IDE0005, CA1845 // the build compiles this file against .NET Standard, which lacks implicit usings and spans
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;

namespace Interpret.Build;

/// <summary>
/// TorchSharp's native library on systems whose C++ library is that of GCC 12 (Debian 12, Ubuntu 22.04).
/// </summary>
/// <remarks>
/// <para>
/// The library names one symbol version that those systems lack, <c>GLIBCXX_3.4.32</c>, for one symbol that no code calls: the header
/// <c>&lt;iostream&gt;</c> of GCC 13 leaves it so that a linker asks for a newer C++ library. The dynamic loader refuses the whole file for it.
/// Where both the symbol (its binding, in <c>.dynsym</c>) and the version (a flag, in <c>.gnu.version_r</c>) are marked weak, two bytes in all,
/// the loader takes the file. A newer C++ library needs nothing of this; one before GCC 12's lacks functions that are called, and is refused.
/// </para>
/// <para>
/// Compiled twice: by the build, as the task of build/TorchSharp.targets, and into the command line, for <c>doctor</c>.
/// Layout of the file: System V ABI, chapters 4 and 5, and the Linux Standard Base, "Symbol Versioning".
/// </para>
/// </remarks>
public static class TorchSharpLibrary
{
    /// <summary>The file's name, in the package and in every output.</summary>
    public const string FileName = "libLibTorchSharp.so";

    private const string Version = "GLIBCXX_3.4.32", Symbol = "_ZSt21ios_base_library_initv", CppLibrary = "libstdc++.so.6";
    private const uint DynamicSymbols = 11, VersionNeeds = 0x6ffffffe, SymbolVersions = 0x6fffffff; // sh_type
    private const int Weak = 2; // STB_WEAK, and VER_FLG_WEAK

    /// <summary>The C++ library that this process itself was given by the dynamic loader; null where it has none (not Linux).</summary>
    public static string? CppLibraryOfThisProcess() => !File.Exists("/proc/self/maps") ? null : File.ReadLines("/proc/self/maps")
        .Select(line => line.IndexOf('/') is var start && start < 0 ? "" : line.Substring(start))
        .FirstOrDefault(path => path.Contains("/" + CppLibrary.Substring(0, CppLibrary.Length - 2)));

    /// <summary>Tells which versions of symbols a C++ library offers.</summary>
    /// <param name="cppLibrary">Path of a <c>libstdc++.so.6</c>.</param>
    public static Func<string, bool> VersionsOf(string cppLibrary)
    {
        var content = File.ReadAllBytes(cppLibrary);
        return version => IndexOf(content, Encoding.ASCII.GetBytes("\0" + version + "\0"), 0) >= 0;
    }

    /// <summary>Whether the file loads beside a C++ library that lacks nothing but the one version.</summary>
    /// <exception cref="InvalidDataException">The file is not as expected; the message says what was found.</exception>
    public static bool IsMended(byte[] library) => Places(library, version => version != Version).All(place => place.IsWeak);

    /// <summary>Marks the reference weak where the C++ library lacks its version.</summary>
    /// <param name="library">The file's content.</param>
    /// <param name="offered">Which versions of symbols the C++ library offers.</param>
    /// <returns>The content with at most two bytes changed; none if all is offered.</returns>
    /// <exception cref="InvalidDataException">The file is not as expected, or more is lacking; the message says what was found.</exception>
    public static byte[] Mended(byte[] library, Func<string, bool> offered)
    {
        var mended = (byte[])library.Clone();
        if (!offered(Version))
        {
            foreach (var place in Places(library, offered))
                mended[place.At] = place.Marked;
        }

        return mended;
    }

    /// <summary>The two bytes: that of the version need and that of the symbol.</summary>
    private static List<(int At, byte Marked, bool IsWeak)> Places(byte[] file, Func<string, bool> offered)
    {
        try
        {
            if (file.Length < 64 || BitConverter.ToUInt32(file, 0) != 0x464c457f || file[4] != 2 || file[5] != 1)
                throw Unexpected("a 64-bit little-endian ELF file", $"{file.Length} bytes that are none");
            var sections = Enumerable.Range(0, BitConverter.ToUInt16(file, 0x3c)).Select(i => (int)BitConverter.ToInt64(file, 0x28) + (64 * i)).Select(header => (
                Type: BitConverter.ToUInt32(file, header + 4), Offset: (int)BitConverter.ToInt64(file, header + 24), Size: (int)BitConverter.ToInt64(file, header + 32), Link: BitConverter.ToInt32(file, header + 40))).ToList();
            (uint Type, int Offset, int Size, int Link) Only(uint type, string name) => sections.Where(s => s.Type == type).ToList() is { Count: 1 } one
                ? one[0] : throw Unexpected($"one section {name}", $"{sections.Count(s => s.Type == type)}");
            var (needs, symbols, versions) = (Only(VersionNeeds, ".gnu.version_r"), Only(DynamicSymbols, ".dynsym"), Only(SymbolVersions, ".gnu.version"));
            string Text(int names, int at) => Encoding.ASCII.GetString(file, sections[names].Offset + at, IndexOf(file, [0], sections[names].Offset + at) - sections[names].Offset - at);

            var places = new List<(int At, byte Marked, bool IsWeak)>();
            var lacking = new List<(string Name, int Number)>();
            int Step(int at) => BitConverter.ToInt32(file, at) is >= 0 and var step ? step : throw new ArgumentException("a list that turns back");
            for (int library = needs.Offset, next = -1; next != 0; library += next)
            {
                next = Step(library + 12);
                if (Text(needs.Link, BitConverter.ToInt32(file, library + 4)) != CppLibrary)
                    continue;
                for (int need = library + BitConverter.ToInt32(file, library + 8), after = -1; after != 0; need += after)
                {
                    after = Step(need + 12);
                    var name = Text(needs.Link, BitConverter.ToInt32(file, need + 8));
                    if (offered(name))
                        continue;
                    lacking.Add((name, BitConverter.ToUInt16(file, need + 6)));
                    places.Add((need + 4, (byte)(file[need + 4] | Weak), (file[need + 4] & Weak) != 0));
                }
            }

            if (lacking.Count != 1 || lacking[0].Name != Version)
                throw Unexpected($"{Version} as all that {CppLibrary} lacks", lacking.Count == 0 ? "nothing" : string.Join(", ", lacking.Select(v => v.Name)));
            for (var i = 0; i < symbols.Size / 24; i++)
            {
                if ((BitConverter.ToUInt16(file, versions.Offset + (2 * i)) & 0x7fff) != lacking[0].Number)
                    continue;
                var at = symbols.Offset + (24 * i);
                var name = Text(symbols.Link, BitConverter.ToInt32(file, at));
                int binding = file[at + 4] >> 4, section = BitConverter.ToUInt16(file, at + 6);
                if (places.Count != 1 || name != Symbol || binding is not (1 or Weak) || section != 0)
                    throw Unexpected($"{Symbol} as the only symbol of {Version}, undefined here", name);
                places.Add((at + 4, (byte)((Weak << 4) | (file[at + 4] & 15)), binding == Weak));
            }

            return places.Count == 2 ? places : throw Unexpected($"one symbol of {Version}", "none");
        }
        catch (Exception e) when (e is ArgumentException or IndexOutOfRangeException)
        {
            throw Unexpected("a whole ELF file", "one cut short or damaged");
        }
    }

    private static InvalidDataException Unexpected(string expected, string found) => new($"expected {expected}, found {found}");

    private static int IndexOf(byte[] bytes, byte[] part, int from)
    {
        for (var i = Array.IndexOf(bytes, part[0], from); i >= 0 && i + part.Length <= bytes.Length; i = Array.IndexOf(bytes, part[0], i + 1))
        {
            var same = 1;
            while (same < part.Length && bytes[i + same] == part[same])
                same++;
            if (same == part.Length)
                return i;
        }

        return -1;
    }
}

#if !NET // compiled by the build, against .NET Standard
/// <summary>Gives the build the library that loads on this machine: the package's, or a copy of it that has been mended.</summary>
public sealed class ChooseTorchSharpLibrary : Microsoft.Build.Utilities.Task
{
    /// <summary>The package's file.</summary>
    [Microsoft.Build.Framework.Required]
    public string Library { get; set; } = "";

    /// <summary>Where a mended copy lies or is put. Never the package's own folder.</summary>
    [Microsoft.Build.Framework.Required]
    public string Copy { get; set; } = "";

    /// <summary>The file to use.</summary>
    [Microsoft.Build.Framework.Output]
    public string Chosen { get; set; } = "";

    /// <summary>Runs the task.</summary>
    public override bool Execute()
    {
        Chosen = Library;
        if (TorchSharpLibrary.CppLibraryOfThisProcess() is not { } cpp)
            return true;
        try
        {
            byte[] content = File.ReadAllBytes(Library), mended = TorchSharpLibrary.Mended(content, TorchSharpLibrary.VersionsOf(cpp));
            if (!content.SequenceEqual(mended))
            {
                Chosen = Copy;
                Write(mended, cpp);
            }

            return true;
        }
        catch (InvalidDataException e)
        {
            Log.LogError($"{Library} needs a newer C++ library than {cpp}: {e.Message}. Build on Debian 13, Ubuntu 24.04 or newer, or in a container (deploy/docker), or put a libstdc++.so.6 of GCC 13 or newer on LD_LIBRARY_PATH.");
            return false;
        }
    }

    // Two builds at once make the same bytes: whoever is second leaves what is there. A file is whole from the moment it has its name.
    private void Write(byte[] content, string cpp)
    {
        if (File.Exists(Copy) && File.ReadAllBytes(Copy).SequenceEqual(content))
            return;
        Directory.CreateDirectory(Path.GetDirectoryName(Copy)!);
        var unfinished = $"{Copy}.{Guid.NewGuid():N}";
        File.WriteAllBytes(unfinished, content);
        try
        {
            if (File.Exists(Copy))
                File.Replace(unfinished, Copy, null);
            else
                File.Move(unfinished, Copy);
            Log.LogMessage(Microsoft.Build.Framework.MessageImportance.High, $"interpret: {cpp} lacks one version that {TorchSharpLibrary.FileName} names and never uses; what is built here takes a copy in which that reference is weak ({Copy})");
        }
        catch (IOException) when (File.Exists(Copy))
        {
            File.Delete(unfinished);
        }
    }
}
#endif
