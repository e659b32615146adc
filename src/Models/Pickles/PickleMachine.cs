using System.Runtime.InteropServices;
using Interpret.Contracts;

namespace Interpret.Models.Pickles;

/// <summary>The stack machine of one pickle. Stack, marks and memo are bounded; opcodes that would run code meet the allow-list.</summary>
internal sealed class PickleMachine(PickleCursor cursor, PickleGlobals allowed, PickleContext context, PickleLimits limits)
{
    private const int NewestProtocol = 5;

    private readonly List<object?> stack = [];
    private readonly Stack<int> marks = [];
    private readonly Dictionary<uint, object?> memo = [];
    private int pushed;

    /// <summary>Runs to the first STOP and returns the object on top.</summary>
    public object? Run()
    {
        while (true)
        {
            var opcode = cursor.Opcode();
            if (opcode == PickleOpcode.Stop) return Pop();
            Step(opcode);
        }
    }

    private void Step(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Proto:
                var protocol = cursor.Byte();
                if (protocol > NewestProtocol) throw context.Malformed($"protocol {NewestProtocol} or older", $"protocol {protocol}");
                break;
            case PickleOpcode.Frame:
                // A frame only groups bytes for the writer's sake; its contents are read as they come.
                cursor.UInt64();
                break;

            case PickleOpcode.None: Push(null); break;
            case PickleOpcode.NewTrue: Push(true); break;
            case PickleOpcode.NewFalse: Push(false); break;
            case PickleOpcode.BinInt: Push((long)cursor.Int32()); break;
            case PickleOpcode.BinInt1: Push((long)cursor.Byte()); break;
            case PickleOpcode.BinInt2: Push((long)cursor.UInt16()); break;
            case PickleOpcode.Long1: Push(cursor.Integer(cursor.Byte())); break;
            case PickleOpcode.Long4: Push(cursor.Integer(cursor.UInt32())); break;
            case PickleOpcode.Long: Push(cursor.DecimalInteger(cursor.Line())); break;
            case PickleOpcode.Int: Push(IntegerOrBool()); break;
            case PickleOpcode.Float: Push(cursor.DecimalFloat()); break;
            case PickleOpcode.BinFloat: Push(cursor.BigEndianDouble()); break;

            case PickleOpcode.String: Push(PickleEscapes.Quoted(cursor.Line(), context)); break;
            case PickleOpcode.BinString: Push(cursor.Latin1Text(cursor.UInt32())); break;
            case PickleOpcode.ShortBinString: Push(cursor.Latin1Text(cursor.Byte())); break;
            case PickleOpcode.Unicode: Push(PickleEscapes.RawUnicode(cursor.Line(), context)); break;
            case PickleOpcode.ShortBinUnicode: Push(cursor.Utf8Text(cursor.Byte())); break;
            case PickleOpcode.BinUnicode: Push(cursor.Utf8Text(cursor.UInt32())); break;
            case PickleOpcode.BinUnicode8: Push(cursor.Utf8Text(cursor.UInt64())); break;
            case PickleOpcode.ShortBinBytes: Push(cursor.Take(cursor.Byte())); break;
            case PickleOpcode.BinBytes: Push(cursor.Take(cursor.UInt32())); break;
            case PickleOpcode.BinBytes8 or PickleOpcode.ByteArray8: Push(cursor.Take(cursor.UInt64())); break;

            case PickleOpcode.Mark: OpenMark(); break;
            case PickleOpcode.Pop: PopItemOrMark(); break;
            case PickleOpcode.PopMark: PopToMark(); break;
            case PickleOpcode.Dup: PushKnown(Peek()); break;

            case PickleOpcode.EmptyTuple: Push(new PickleTuple([])); break;
            case PickleOpcode.Tuple1: PushTuple(1); break;
            case PickleOpcode.Tuple2: PushTuple(2); break;
            case PickleOpcode.Tuple3: PushTuple(3); break;
            case PickleOpcode.Tuple: Push(new PickleTuple(PopToMark())); break;
            case PickleOpcode.EmptyList or PickleOpcode.EmptySet: Push(new PickleList()); break;
            case PickleOpcode.List or PickleOpcode.FrozenSet: PushList(PopToMark()); break;
            case PickleOpcode.Append: AddTo(Pop()); break;
            case PickleOpcode.Appends or PickleOpcode.AddItems: AddTo(PopToMark()); break;
            case PickleOpcode.EmptyDict: Push(new PickleMap()); break;
            case PickleOpcode.Dict: PushDictionary(PopToMark()); break;
            case PickleOpcode.SetItem: SetItem(); break;
            case PickleOpcode.SetItems: SetItems(PopToMark()); break;

            case PickleOpcode.Memoize: Memoise((uint)memo.Count); break;
            case PickleOpcode.Put: Memoise(cursor.DecimalIndex()); break;
            case PickleOpcode.BinPut: Memoise(cursor.Byte()); break;
            case PickleOpcode.LongBinPut: Memoise(cursor.UInt32()); break;
            case PickleOpcode.Get: Recall(cursor.DecimalIndex()); break;
            case PickleOpcode.BinGet: Recall(cursor.Byte()); break;
            case PickleOpcode.LongBinGet: Recall(cursor.UInt32()); break;

            case PickleOpcode.Global: Push(Resolve(cursor.Line(), cursor.Line())); break;
            case PickleOpcode.StackGlobal: StackGlobal(); break;
            case PickleOpcode.Reduce or PickleOpcode.NewObj: Reduce(); break;
            case PickleOpcode.NewObjEx: ReduceWithNames(); break;
            case PickleOpcode.Inst: Instantiate(); break;
            case PickleOpcode.Obj: InstantiateFromStack(); break;
            case PickleOpcode.Build: Build(); break;
            case PickleOpcode.BinPersId: PersistentId(); break;

            case PickleOpcode.PersId: throw context.Malformed("no persistent id in text form", PickleContext.Printable(cursor.Line()));
            case PickleOpcode.Ext1: throw Extension(cursor.Byte());
            case PickleOpcode.Ext2: throw Extension(cursor.UInt16());
            case PickleOpcode.Ext4: throw Extension(cursor.Int32());
            case PickleOpcode.NextBuffer or PickleOpcode.ReadOnlyBuffer: throw context.Malformed("all data in the stream", "an out-of-band buffer");
            default: throw context.Malformed("an opcode of protocols 0 to 5", $"0x{(byte)opcode:x2}");
        }
    }

    private int Floor => marks.Count == 0 ? 0 : marks.Peek();

    private void Push(object? value)
    {
        context.Charge(PickleCost.Of(value));
        PushKnown(value);
    }

    /// <summary>Pushes what has been paid for.</summary>
    private void PushKnown(object? value)
    {
        if (++pushed > limits.MaxValues) throw context.Malformed($"at most {limits.MaxValues} values", "more");
        context.Charge(PickleCost.Reference);
        stack.Add(value);
    }

    private object? Pop()
    {
        var top = Peek();
        stack.RemoveAt(stack.Count - 1);
        return top;
    }

    private object? Peek() => stack.Count > Floor ? stack[^1] : throw context.Malformed("a value on the stack", "none");

    private void OpenMark()
    {
        if (marks.Count == limits.MaxDepth) throw context.Malformed($"at most {limits.MaxDepth} open marks", "more");
        marks.Push(stack.Count);
    }

    private void PopItemOrMark()
    {
        if (stack.Count > Floor) Pop();
        else PopToMark();
    }

    private object?[] PopToMark()
    {
        if (!marks.TryPop(out var mark)) throw context.Malformed("a mark on the stack", "none");
        return PopFrom(mark);
    }

    private object?[] PopFrom(int start)
    {
        context.Charge(PickleCost.Reference * (stack.Count - start));
        var items = CollectionsMarshal.AsSpan(stack)[start..].ToArray();
        stack.RemoveRange(start, items.Length);
        return items;
    }

    private void PushTuple(int count)
    {
        if (stack.Count - count < Floor) throw context.Malformed($"{count} values on the stack", $"{stack.Count - Floor}");
        Push(new PickleTuple(PopFrom(stack.Count - count)));
    }

    private void PushList(object?[] items)
    {
        Push(new PickleList());
        AddTo(items);
    }

    private void PushDictionary(object?[] items)
    {
        Push(new PickleMap());
        SetItems(items);
    }

    private void AddTo(params ReadOnlySpan<object?> items)
    {
        if (Peek() is not PickleList list) throw context.Malformed("a list below the items", Describe(Peek()));
        context.Charge(PickleCost.Item * items.Length);
        list.Items.AddRange(items);
    }

    private void SetItem()
    {
        var (value, key) = (Pop(), Pop());
        SetItems([key, value]);
    }

    private void SetItems(object?[] items)
    {
        if (Peek() is not PickleMap dictionary) throw context.Malformed("a dictionary below the items", Describe(Peek()));
        if (items.Length % 2 != 0) throw context.Malformed("a value for every key", $"{items.Length} keys and values");
        context.Charge(PickleCost.Item * items.Length);
        for (var i = 0; i < items.Length; i += 2) dictionary.Entries.Add(new(items[i], items[i + 1]));
    }

    private void Memoise(uint index)
    {
        if (memo.Count >= limits.MaxValues) throw context.Malformed($"at most {limits.MaxValues} memo entries", "more");
        context.Charge(PickleCost.MemoEntry);
        memo[index] = Peek();
    }

    private void Recall(uint index) =>
        PushKnown(memo.TryGetValue(index, out var value) ? value : throw context.Malformed("the index of a memo entry", $"{index}"));

    private object IntegerOrBool() => cursor.Line() switch
    {
        "00" => false,
        "01" => true,
        var line => cursor.DecimalInteger(line),
    };

    private object Resolve(string module, string name) =>
        allowed.Find(module, name) ?? throw context.ForbiddenGlobal($"{module}.{name}", allowed.Profile);

    private void StackGlobal()
    {
        var (name, module) = (Pop(), Pop());
        if (module is not string moduleText || name is not string nameText)
            throw context.Malformed("a module and a name", $"{Describe(module)} and {Describe(name)}");
        Push(Resolve(moduleText, nameText));
    }

    private void Reduce()
    {
        var (arguments, callable) = (Pop(), Pop());
        Push(Call(callable, arguments));
    }

    private void ReduceWithNames()
    {
        if (Pop() is not PickleMap { Entries.Count: 0 }) throw context.Malformed("a constructor without named arguments", "named arguments");
        Reduce();
    }

    private void Instantiate()
    {
        var callable = Resolve(cursor.Line(), cursor.Line());
        Push(Call(callable, new PickleTuple(PopToMark())));
    }

    private void InstantiateFromStack()
    {
        var items = PopToMark();
        if (items.Length == 0) throw context.Malformed("a type to construct", "an empty stack");
        Push(Call(items[0], new PickleTuple(items[1..])));
    }

    private object? Call(object? callable, object? arguments)
    {
        if (callable is not PickleConstructor constructor) throw context.Malformed("something that can be called", Describe(callable));
        if (arguments is not PickleTuple tuple) throw context.Malformed("a tuple of arguments", Describe(arguments));
        return constructor(tuple, context);
    }

    private void Build()
    {
        var state = Pop();
        switch (Peek())
        {
            case IPickleState target:
                target.SetState(state, context);
                break;
            case PickleMap:
                // Attributes of an OrderedDict, such as a state dict's _metadata: nothing that is wanted.
                break;
            case var other:
                throw context.Malformed("an object that takes a state", Describe(other));
        }
    }

    private void PersistentId()
    {
        var id = Pop();
        if (allowed.PersistentId is null || id is not PickleTuple tuple) throw context.Malformed("no persistent id", Describe(id));
        Push(allowed.PersistentId(tuple, context));
    }

    private BadInputException Extension(int code) => context.ForbiddenGlobal($"extension code {code}", allowed.Profile);

    internal static string Describe(object? value) => PickleValues.Describe(value);
}
