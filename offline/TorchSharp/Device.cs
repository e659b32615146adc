namespace TorchSharp;

public enum DeviceType
{
    CPU = 0,
    CUDA = 1,
}

public static partial class torch
{
    public static readonly Device CPU = new(DeviceType.CPU);

    public static Device device(string description) => Usable(new Device(description));

    public static Device device(string deviceType, int index = -1) => Usable(new Device(deviceType, index));

    public static Device device(DeviceType deviceType, int index = -1) => Usable(new Device(deviceType, index));

    private static Device Usable(Device device) =>
        device.type == DeviceType.CUDA && !cuda.is_available()
            ? throw new InvalidOperationException("Torch was not built with CUDA, or no CUDA device is available")
            : device;

    public class Device
    {
        public Device(string description)
        {
            var parts = description.Split(':');
            type = Parse(parts[0]);
            index = parts.Length > 1 ? int.Parse(parts[1]) : -1;
        }

        public Device(string deviceType, int index = -1) => (type, this.index) = (Parse(deviceType), index);

        public Device(DeviceType deviceType, int index = -1) => (type, this.index) = (deviceType, index);

        public DeviceType type { get; }

        public int index { get; }

        public override string ToString() => type.ToString().ToLowerInvariant() + (index >= 0 ? $":{index}" : "");

        public static implicit operator Device(string description) => new(description);

        private static DeviceType Parse(string name) => name.ToUpperInvariant() switch
        {
            "CPU" => DeviceType.CPU,
            "CUDA" => DeviceType.CUDA,
            _ => throw new ArgumentException($"unknown device type '{name}'"),
        };
    }
}
