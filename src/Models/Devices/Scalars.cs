using System.Collections.Concurrent;
using TorchSharp;

namespace Interpret.Models.Devices;

/// <summary>
/// Numbers for libtorch that stay where they are. TorchSharp makes an object of every number that an operation takes, and the garbage collector
/// may free it while libtorch still reads it: then the operation fails, or computes with another number. What is kept here is never freed.
/// </summary>
public static class Scalars
{
    private static readonly ConcurrentDictionary<double, Scalar> Kept = new();

    public static Scalar One { get; } = Of(1);

    public static Scalar MinusOne { get; } = Of(-1);

    /// <summary>A number of which there are few: a constant, a setting.</summary>
#pragma warning disable RS0030 // the one place where a number becomes an object
    public static Scalar Of(double value) => Kept.GetOrAdd(value, number => number);
#pragma warning restore RS0030
}
