using System.Text;

namespace Interpret.Fuzz;

/// <summary>Damages inputs as disks, transfers, editors and attackers do; the same seed, the same damage.</summary>
public sealed class Damage(Random random)
{
    private const int MostSteps = 4;
    private const int LongestInput = 1 << 16;

    private static readonly byte[][] Tokens =
    [
        [0], [0xFF], [0xFF, 0xFE], [0xEF, 0xBB, 0xBF], [0x1F, 0x8B], "PK\u0003\u0004"u8.ToArray(), "\t"u8.ToArray(), "\n"u8.ToArray(), "\r"u8.ToArray(), "|||"u8.ToArray(),
        "="u8.ToArray(), "&&&"u8.ToArray(), "\""u8.ToArray(), "/n"u8.ToArray(), "{"u8.ToArray(), "}"u8.ToArray(), "[["u8.ToArray(), "]"u8.ToArray(), ","u8.ToArray(), ":"u8.ToArray(),
        "null"u8.ToArray(), "-1"u8.ToArray(), "1e999"u8.ToArray(), "NaN"u8.ToArray(), "Infinity"u8.ToArray(), "2147483647"u8.ToArray(), "-9223372036854775808"u8.ToArray(),
        "99999999999999999999"u8.ToArray(), "\\u0000"u8.ToArray(), "\\ud800"u8.ToArray(), ".."u8.ToArray(), "/"u8.ToArray(), " "u8.ToArray(), [0xED, 0xA0, 0x80], [0xC0, 0x80],
        Encoding.UTF8.GetBytes("\u202E"), Encoding.UTF8.GetBytes("\uFFFF"), [0x80, 0x04], [0x8C], [0x94], [0x85], [0x93], [0x52],
        [0x7F, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0xFF],
    ];

    /// <summary>A damaged copy of one of some inputs.</summary>
    public byte[] Of(IReadOnlyList<byte[]> seeds)
    {
        List<byte> bytes = [.. seeds[random.Next(seeds.Count)]];
        for (var steps = 1 + random.Next(MostSteps); steps > 0; steps--) Step(bytes, seeds);
        return bytes.Count <= LongestInput ? [.. bytes] : [.. bytes[..LongestInput]];
    }

    private void Step(List<byte> bytes, IReadOnlyList<byte[]> seeds)
    {
        var at = random.Next(bytes.Count + 1);
        var length = Math.Min(random.Next(1, 1 << random.Next(1, 10)), bytes.Count - at);
        switch (random.Next(9))
        {
            case 0 when at < bytes.Count: bytes[at] = (byte)random.Next(256); break;
            case 1 when at < bytes.Count: bytes[at] ^= (byte)(1 << random.Next(8)); break;
            case 2: bytes.RemoveRange(at, length); break;
            case 3: bytes.RemoveRange(at, bytes.Count - at); break;
            case 4: bytes.InsertRange(at, bytes.GetRange(at, length)); break;
            case 5: bytes.InsertRange(at, Tokens[random.Next(Tokens.Length)]); break;
            case 6:
                var other = seeds[random.Next(seeds.Count)];
                var from = random.Next(other.Length + 1);
                bytes.InsertRange(at, other[from..Math.Min(other.Length, from + 200)]);
                break;
            case 7:
                var repeated = length > 0 && random.Next(2) == 0 ? [.. bytes.GetRange(at, Math.Min(length, 16))] : Tokens[random.Next(Tokens.Length)];
                for (var times = 1 << random.Next(1, 12); times > 0; times--) bytes.InsertRange(at, repeated);
                break;
            default:
                for (var i = 0; i < length; i++) bytes[at + i] = (byte)random.Next(256);
                break;
        }
    }
}
