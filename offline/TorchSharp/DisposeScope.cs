namespace TorchSharp;

/// <summary>Owns the tensors made on its thread while it is the innermost scope, and disposes them with itself.</summary>
public sealed class DisposeScope : IDisposable
{
    private readonly DisposeScopeManager manager;
    private readonly HashSet<IDisposable> disposables = new(ReferenceEqualityComparer.Instance);

    internal DisposeScope(DisposeScopeManager manager)
    {
        this.manager = manager;
        OuterScope = manager.Current;
        manager.Current = this;
    }

    internal DisposeScope? OuterScope { get; }

    public int DisposablesCount => disposables.Count;

    internal void Add(IDisposable item) => disposables.Add(item);

    internal bool Remove(IDisposable item) => disposables.Remove(item);

    public T MoveToOuter<T>(T disposable)
        where T : IDisposable
    {
        Move(disposable, OuterScope);
        return disposable;
    }

    public T Detach<T>(T disposable)
        where T : IDisposable
    {
        Move(disposable, null);
        return disposable;
    }

    private void Move(IDisposable item, DisposeScope? target)
    {
        if (!disposables.Remove(item))
            return;
        target?.Add(item);
        if (item is torch.Tensor tensor)
            tensor.OwningScope = target;
    }

    public void Dispose()
    {
        var everything = disposables.ToArray();
        disposables.Clear();
        foreach (var item in everything)
        {
            if (item is torch.Tensor tensor)
                tensor.OwningScope = null;
            item.Dispose();
        }

        manager.Remove(this);
    }
}

public class DisposeScopeManager
{
    [ThreadStatic]
    private static DisposeScopeManager? singleton;

    internal static DisposeScopeManager ThreadSingleton => singleton ??= new DisposeScopeManager();

    internal DisposeScope? Current { get; set; }

    internal void Remove(DisposeScope scope)
    {
        if (Current == scope)
            Current = scope.OuterScope;
    }
}
