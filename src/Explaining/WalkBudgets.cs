using Interpret.Models.Devices;

namespace Interpret.Explaining;

/// <summary>Bytes that a walk through the layers may take beside the weights.</summary>
/// <param name="Group">Of working memory per group of tangents.</param>
/// <param name="Walk">For what is carried from layer to layer: tangents, or states and gradients.</param>
public sealed record WalkBudgets(long Group, long Walk)
{
    /// <summary>On a processor a group stays within its cache.</summary>
    private const long CacheGroup = 6 << 20;

    /// <summary>On an accelerator both together stay within what a placement leaves free.</summary>
    private const long DeviceGroup = 1L << 31, DeviceWalk = 3L << 30;

    /// <param name="isAccelerator">Whether the model is on an accelerator; else it is on this machine's processor.</param>
    public static WalkBudgets Of(bool isAccelerator) => isAccelerator ? new(DeviceGroup, DeviceWalk) : new(CacheGroup, DeviceMemory.OfHost() / 4);
}
