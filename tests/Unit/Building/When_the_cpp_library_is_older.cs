using System.Diagnostics;
using System.Reflection;
using System.Text;
using Interpret.Build;
using TorchSharp;

namespace Interpret.Unit.Tests.Building;

/// <summary>TorchSharp's native library, as the package has it, on machines whose C++ library is that of GCC 12 or older.</summary>
public sealed class When_the_cpp_library_is_older(ITestOutputHelper output)
{
    private static readonly string Package = Path.Combine(
        typeof(When_the_cpp_library_is_older).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(fact => fact.Key == "NuGetPackageRoot").Value!,
        "torchsharp", typeof(torch).Assembly.GetName().Version!.ToString(3), "runtimes", "linux-x64", "native", TorchSharpLibrary.FileName);

    private static byte[] Library => File.ReadAllBytes(Package);

    [Fact]
    public void Two_bytes_are_changed_and_no_more()
    {
        TorchSharpLibrary.IsMended(Library).ShouldBeFalse();
        var mended = TorchSharpLibrary.Mended(Library, Gcc12);
        mended.Zip(Library).Count(pair => pair.First != pair.Second).ShouldBe(2);
        TorchSharpLibrary.IsMended(mended).ShouldBeTrue();
    }

    [Fact]
    public void Nothing_is_changed_twice() =>
        TorchSharpLibrary.Mended(TorchSharpLibrary.Mended(Library, Gcc12), Gcc12).ShouldBe(TorchSharpLibrary.Mended(Library, Gcc12));

    [Fact]
    public void A_newer_one_needs_nothing() => TorchSharpLibrary.Mended(Library, _ => true).ShouldBe(Library);

    [Fact]
    public void One_that_lacks_functions_is_refused() => Refused(Library, version => Gcc12(version) && version != "GLIBCXX_3.4.30")
        .ShouldBe("expected GLIBCXX_3.4.32 as all that libstdc++.so.6 lacks, found GLIBCXX_3.4.30, GLIBCXX_3.4.32");

    [Fact]
    public void A_library_with_another_symbol_of_that_version_is_refused() =>
        Refused(Renamed("_ZSt21ios_base_library_initv", "_ZSt21ios_base_library_initx"), Gcc12)
        .ShouldBe("expected _ZSt21ios_base_library_initv as the only symbol of GLIBCXX_3.4.32, undefined here, found _ZSt21ios_base_library_initx");

    [Fact]
    public void A_library_that_names_a_still_newer_version_is_refused() => Refused(Renamed("GLIBCXX_3.4.32", "GLIBCXX_3.4.39"), Gcc12)
        .ShouldBe("expected GLIBCXX_3.4.32 as all that libstdc++.so.6 lacks, found GLIBCXX_3.4.39");

    [Theory, InlineData(0), InlineData(63), InlineData(64), InlineData(30_000), InlineData(2_000_000)]
    public void A_library_cut_short_is_refused(int length) => Refused(Library[..length], Gcc12).ShouldStartWith("expected a");

    [Fact]
    public void Damage_is_refused_or_harmless()
    {
        var random = new Random(1);
        for (var i = 0; i < 200; i++)
        {
            var damaged = Library;
            for (var j = 0; j < 4; j++)
                damaged[random.Next(i % 2 == 0 ? 64 : damaged.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                TorchSharpLibrary.Mended(damaged, Gcc12).Zip(damaged).Count(pair => pair.First != pair.Second).ShouldBe(2);
            }
            catch (InvalidDataException)
            {
                // refused, as it should be
            }
        }
    }

    [Fact]
    public void This_process_has_a_cpp_library_and_its_versions_are_read()
    {
        var library = TorchSharpLibrary.CppLibraryOfThisProcess().ShouldNotBeNull();
        output.WriteLine(library);
        var offered = TorchSharpLibrary.VersionsOf(library);
        (offered("GLIBCXX_3.4.19"), offered("GLIBCXX_3.4.1900")).ShouldBe((true, false));
    }

    /// <summary>What the tests themselves run on.</summary>
    [Fact]
    public void The_output_holds_the_library_that_this_machine_needs()
    {
        var built = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", TorchSharpLibrary.FileName));
        built.ShouldBe(TorchSharpLibrary.Mended(Library, TorchSharpLibrary.VersionsOf(TorchSharpLibrary.CppLibraryOfThisProcess()!)));
    }

    /// <summary>The task of the build itself, in builds that run at the same time and in one that comes after them.</summary>
    [Fact]
    public async Task Builds_at_once_get_one_whole_file_and_the_package_keeps_its_own()
    {
        var folder = Directory.CreateTempSubdirectory("interpret-build-").FullName;
        try
        {
            var (before, project) = (Library, Path.Combine(folder, "take.proj"));
            await File.WriteAllTextAsync(project, $"""
                <Project>
                  <PropertyGroup><ArtifactsPath>{folder}/artifacts</ArtifactsPath></PropertyGroup>
                  <Import Project="{SourceTree.Root}/build/TorchSharp.targets" />
                  <Target Name="ResolvePackageAssets">
                    <ItemGroup><RuntimeTargetsCopyLocalItems Include="{Package}" NuGetPackageVersion="1.2.3" DestinationSubDirectory="here/" /></ItemGroup>
                  </Target>
                  <Target Name="Take" DependsOnTargets="ResolvePackageAssets;TakeTorchSharpLibrary">
                    <Message Importance="high" Text="taken: %(RuntimeTargetsCopyLocalItems.DestinationSubDirectory) %(RuntimeTargetsCopyLocalItems.Identity)" />
                  </Target>
                </Project>
                """, TestContext.Current.CancellationToken);
            string[] outputs =
                [.. await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => BuildAsync(project))), await BuildAsync(project, "-p:ForThisMachine=false")];

            var mended = TorchSharpLibrary.Mended(before, TorchSharpLibrary.VersionsOf(TorchSharpLibrary.CppLibraryOfThisProcess()!));
            var copy = Path.Combine(folder, "artifacts", "native", "TorchSharp-1.2.3", TorchSharpLibrary.FileName);
            var needed = !mended.SequenceEqual(before);
            foreach (var build in outputs[..3])
                build.ShouldContain($"taken: here/ {(needed ? copy : Package)}\n");
            outputs[3].ShouldContain($"taken: here/ {Package}\n");
            outputs.Count(build => build.Contains("interpret: ", StringComparison.Ordinal)).ShouldBe(needed ? 1 : 0);
            File.Exists(copy).ShouldBe(needed);
            if (needed)
            {
                (await File.ReadAllBytesAsync(copy, TestContext.Current.CancellationToken)).ShouldBe(mended);
                Directory.GetFiles(Path.GetDirectoryName(copy)!).ShouldHaveSingleItem();
            }

            Library.ShouldBe(before);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string> BuildAsync(string project, params string[] more)
    {
        using var build =
            Process.Start(
            new ProcessStartInfo(
            "dotnet", ["msbuild", project, "-t:Take", "-nologo", "-v:m", "-nodeReuse:false", .. more])
            {
                RedirectStandardOutput = true,
                UseShellExecute = false
            })!;
        var text = await build.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await build.WaitForExitAsync(TestContext.Current.CancellationToken);
        build.ExitCode.ShouldBe(0, text);
        return text;
    }

    // GCC 12's C++ library ends with GLIBCXX_3.4.30.
    private static bool Gcc12(string version) => !version.StartsWith("GLIBCXX_3.4.3", StringComparison.Ordinal)
        || version is "GLIBCXX_3.4.3" or "GLIBCXX_3.4.30";

    private static string Refused(byte[] library, Func<string, bool> offered) =>
        Should.Throw<InvalidDataException>(() => TorchSharpLibrary.Mended(library, offered)).Message;

    private static byte[] Renamed(string from, string to)
    {
        var library = Library;
        var old = Encoding.ASCII.GetBytes(from);
        for (var at = library.AsSpan().IndexOf(old); at >= 0; at = library.AsSpan().IndexOf(old))
            Encoding.ASCII.GetBytes(to).CopyTo(library, at);
        return library;
    }
}
