using System.Security.Cryptography;
using System.Text;
using Interpret.Contracts;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.ServiceDefaults;

/// <summary>Who asks.</summary>
/// <param name="Name">A token's name; <see cref="Server"/>: whoever has the configured token.</param>
/// <param name="Role">What they may do: a name of <see cref="AccessRole"/>.</param>
public sealed record Caller(string Name, string Role)
{
    /// <summary>Whoever has the token of <c>Http:Token</c> or <c>Http:TokenFile</c>.</summary>
    public static Caller Server { get; } = new("server", AccessRole.Operator);

    public bool IsOperator => Role == AccessRole.Operator;
}

/// <summary>
/// Named access tokens beside the configured one: an operator makes and revokes them while services run. Of a token its hash alone is kept. Every use looks
/// into the database, so one that is revoked is refused from then on, by every service.
/// </summary>
public sealed class AccessTokens(IDbContextFactory<InterpretContext> database, TimeProvider clock)
{
    /// <summary>What every named token begins with: scanners of leaked secrets know it by that, and nothing else is looked up.</summary>
    private const string Prefix = "interpret_";

    private const int Bytes = 32, LongestName = 100;

    /// <summary>How precisely it is kept when a token was last used.</summary>
    private static readonly long Precision = (long)TimeSpan.FromHours(1).TotalMilliseconds;

    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Makes a token.</summary>
    /// <param name="by">Who makes it.</param>
    /// <exception cref="BadInputException"><c>bad-name</c>, <c>token-taken</c>.</exception>
    public async Task<NewToken> AddAsync(string name, string role, string by, CancellationToken cancel = default)
    {
        if (name.Length is 0 or > LongestName || name == Caller.Server.Name
            || !name.All(one => char.IsAsciiLetterOrDigit(one) || one is '-' or '_' or '.' or '@'))
        {
            throw new BadInputException(
                ErrorClasses.BadName, "tokens", "name", $"up to {LongestName} ASCII letters, digits, - _ . @, and not {Caller.Server.Name}", Quoted.Of(name));
        }

        var token = Prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Bytes));
        await using var context = await database.CreateDbContextAsync(cancel);
        context.AccessTokens.Add(new AccessTokenRow { Name = name, Role = role, Hash = Hash(token), CreatedAt = Now, CreatedBy = by });
        try
        {
            await context.SaveChangesAsync(cancel);
        }
        catch (DbUpdateException e) when (DatabaseFailure.IsOfOthers(e))
        {
            throw new BadInputException(
                ErrorClasses.TokenTaken, "tokens", name, "a name that no token has or had", "one that is taken: the audit log knows its holder by it", inner: e);
        }

        return new NewToken(name, role, token);
    }

    /// <summary>All tokens, those that were revoked too.</summary>
    public async Task<IReadOnlyList<NamedToken>> ListAsync(CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        return await context.AccessTokens.OrderBy(t => t.Name)
            .Select(t => new NamedToken(t.Name, t.Role, t.CreatedAt, t.CreatedBy, t.LastUsedAt, t.RevokedAt)).ToListAsync(cancel);
    }

    /// <summary>Revokes a token, and with it the sessions of pages that were opened with it. Once more changes nothing.</summary>
    /// <exception cref="BadInputException"><c>token-unknown</c>.</exception>
    public async Task RevokeAsync(string name, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        if (!await context.AccessTokens.AnyAsync(t => t.Name == name, cancel))
            throw new BadInputException(ErrorClasses.TokenUnknown, "tokens", name, "the name of a token", "none of this name", "`interpret tokens` lists them");
        var now = Now;
        await context.AccessTokens.Where(t => t.Name == name && t.RevokedAt == null).ExecuteUpdateAsync(set => set.SetProperty(t => t.RevokedAt, now), cancel);
    }

    /// <summary>Whose a token is; null: nobody's. All that are good are compared, each in the time that any takes.</summary>
    public async Task<Caller?> HolderAsync(string token, CancellationToken cancel = default)
    {
        if (!token.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        var hash = Hash(token);
        await using var context = await database.CreateDbContextAsync(cancel);
        AccessTokenRow? holder = null;
        foreach (var row in await context.AccessTokens.AsNoTracking().Where(t => t.RevokedAt == null).ToListAsync(cancel))
        {
            if (CryptographicOperations.FixedTimeEquals(row.Hash, hash)) holder = row;
        }

        if (holder is null) return null;
        await NoteUseAsync(context, holder, cancel);
        return new Caller(holder.Name, holder.Role);
    }

    /// <summary>Whether a token is still good: what was opened with it may go on.</summary>
    public async Task<bool> IsGoodAsync(string name, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        return await context.AccessTokens.AnyAsync(t => t.Name == name && t.RevokedAt == null, cancel);
    }

    private async Task NoteUseAsync(InterpretContext context, AccessTokenRow row, CancellationToken cancel)
    {
        var hour = Now / Precision * Precision;
        if (row.LastUsedAt is null || row.LastUsedAt < hour)
            await context.AccessTokens.Where(t => t.Name == row.Name).ExecuteUpdateAsync(set => set.SetProperty(t => t.LastUsedAt, hour), cancel);
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
