using System.Collections.Concurrent;
using Interpret.WorkUnits;

namespace Interpret.Unit.Tests.Services;

public sealed class When_things_are_done_together
{
    [Fact]
    public async Task Everyone_gets_the_answer_to_his_own_question_however_many_ask()
    {
        var rounds = new ConcurrentBag<int>();
        var batcher = new Batcher<int, int>(8, async items =>
        {
            rounds.Add(items.Count);
            await Task.Yield();
            return [.. items.Select(item => 2 * item)];
        });
        await Parallel.ForAsync(
            0, 20_000, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (item, _) => (await batcher.RunAsync(item)).ShouldBe(2 * item));
        rounds.Sum().ShouldBe(20_000);
        rounds.Max().ShouldBeInRange(2, 8);
    }

    [Fact]
    public async Task Whoever_comes_while_a_round_is_under_way_goes_with_the_next()
    {
        var (rounds, gate) = (new List<int[]>(), new TaskCompletionSource());
        var batcher = new Batcher<int, int>(2, async items =>
        {
            rounds.Add([.. items]);
            await gate.Task;
            return items;
        });
        var first = batcher.RunAsync(1);
        while (rounds.Count == 0)
            await Task.Yield();
        var others = new[] { 2, 3, 4 }.Select(batcher.RunAsync).ToList();
        gate.SetResult();
        await Task.WhenAll([first, .. others]);
        rounds.ShouldBe([[1], [2, 3], [4]]);
    }

    [Fact]
    public async Task One_bad_item_fails_alone()
    {
        var gate = new TaskCompletionSource();
        var batcher = new Batcher<int, int>(8, async items =>
        {
            await gate.Task;
            return items.Contains(3) ? throw new InvalidOperationException("three") : items;
        });
        var answers = new[] { 1, 2, 3, 4 }.Select(batcher.RunAsync).ToList();
        gate.SetResult();
        (await Should.ThrowAsync<InvalidOperationException>(answers[2])).Message.ShouldBe("three");
        (await Task.WhenAll(answers[0], answers[1], answers[3])).ShouldBe([1, 2, 4]);
    }
}
