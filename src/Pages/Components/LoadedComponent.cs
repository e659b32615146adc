using Microsoft.AspNetCore.Components;

namespace Interpret.Pages.Components;

/// <summary>A part of a page that is rendered when what it shows has been read, not before.</summary>
public abstract class LoadedComponent : ComponentBase
{
    /// <summary>Reads what it shows; its parameters are set.</summary>
    protected abstract Task LoadAsync();

    public override async Task SetParametersAsync(ParameterView parameters)
    {
        parameters.SetParameterProperties(this);
        await LoadAsync();
        await base.SetParametersAsync(ParameterView.Empty);
    }
}
