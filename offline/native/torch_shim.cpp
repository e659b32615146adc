// The native half of the TorchSharp stand-in: a C interface over libtorch's operator dispatcher.
//
// One boxed call reaches every operator by its schema name ("aten::bmm", ""), so the managed half needs no wrapper per
// operator: arguments travel as tagged unions, trailing ones come from the schema's defaults, results as tensor handles.
// Nothing throws across the boundary: a call that fails returns -1 or null and leaves its text in tsh_error().
//
// Builds against libtorch 1.13 (Debian) up to 2.x, CPU or CUDA; see build.sh.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include <dlfcn.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#define TSH_API extern "C" __attribute__((visibility("default")))

namespace {

thread_local std::string last_error;

// Runs f; turns every exception into `failed` plus a message.
template <class F>
auto guarded(F f, decltype(f()) failed) -> decltype(f()) {
  try {
    return f();
  } catch (const c10::Error& e) {
    last_error = e.what_without_backtrace();
  } catch (const std::exception& e) {
    last_error = e.what();
  } catch (...) {
    last_error = "unknown native error";
  }
  return failed;
}

at::Tensor& tensor(const void* handle) { return *static_cast<at::Tensor*>(const_cast<void*>(handle)); }

void* handle(at::Tensor t) { return t.defined() ? new at::Tensor(std::move(t)) : nullptr; }

c10::Device device(int type, int index) {
  return c10::Device(static_cast<c10::DeviceType>(type), type == 0 ? -1 : static_cast<c10::DeviceIndex>(index));
}

// Mirrors NativeArgument in Dispatch.cs.
struct Argument {
  int32_t kind;
  int32_t count;
  int64_t integer;
  double real;
  const void* pointer;
};
enum Kind { kNone, kTensor, kInt, kDouble, kBool, kInts, kTensors, kDevice };

c10::IValue boxed(const Argument& a) {
  switch (a.kind) {
    case kTensor: return tensor(a.pointer);
    case kInt: return a.integer;
    case kDouble: return a.real;
    case kBool: return a.integer != 0;
    case kInts: {
      auto first = static_cast<const int64_t*>(a.pointer);
      return std::vector<int64_t>(first, first + a.count);
    }
    case kTensors: {
      c10::List<at::Tensor> list;
      list.reserve(a.count);
      for (int k = 0; k < a.count; k++) list.push_back(tensor(static_cast<void* const*>(a.pointer)[k]));
      return list;
    }
    case kDevice: return device(static_cast<int>(a.integer), a.count);
    default: return {};
  }
}

}  // namespace

TSH_API const char* tsh_error() { return last_error.c_str(); }

TSH_API const char* tsh_version() { return TORCH_VERSION; }

// Looks an operator up once; the handle lives as long as the process.
TSH_API const void* tsh_operator(const char* name, const char* overload) {
  return guarded(
      [&]() -> const void* { return new c10::OperatorHandle(c10::Dispatcher::singleton().findSchemaOrThrow(name, overload)); },
      nullptr);
}

// Calls it with n arguments; writes up to `capacity` result handles and returns how many there are.
TSH_API int tsh_call(const void* op, const Argument* arguments, int n, void** results, int capacity) {
  return guarded(
      [&] {
        auto& callee = *static_cast<const c10::OperatorHandle*>(op);
        const auto& declared = callee.schema().arguments();
        torch::jit::Stack stack;
        stack.reserve(declared.size());
        for (int k = 0; k < n; k++) stack.push_back(boxed(arguments[k]));
        for (size_t k = n; k < declared.size(); k++) {
          const auto& fallback = declared[k].default_value();
          if (!fallback) throw std::runtime_error("missing argument " + declared[k].name() + " of " + callee.schema().name());
          stack.push_back(*fallback);
        }
        callee.callBoxed(&stack);
        int produced = 0;
        auto put = [&](at::Tensor t) {
          if (produced >= capacity) throw std::runtime_error("more results than expected from " + callee.schema().name());
          results[produced++] = handle(std::move(t));
        };
        for (auto& value : stack) {
          if (value.isTensor()) put(std::move(value).toTensor());
          else if (value.isTensorList()) for (at::Tensor t : value.toTensorVector()) put(std::move(t));
          else if (value.isBool()) put(at::scalar_tensor(value.toBool(), at::kBool));
        }
        return produced;
      },
      -1);
}

TSH_API void* tsh_empty(const int64_t* sizes, int n, int dtype, int device_type, int device_index) {
  return guarded(
      [&] {
        auto options = at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype)).device(device(device_type, device_index));
        return handle(at::empty(at::IntArrayRef(sizes, n), options));
      },
      nullptr);
}

TSH_API void tsh_free(void* t) { delete static_cast<at::Tensor*>(t); }

TSH_API void* tsh_data(void* t) {
  return guarded([&] { return tensor(t).data_ptr(); }, nullptr);
}

// Sizes, element type, device, and flags (1 contiguous, 2 requires grad); returns the number of dimensions.
TSH_API int tsh_info(void* t, int64_t* sizes, int capacity, int* dtype, int* device_type, int* device_index, int* flags) {
  return guarded(
      [&] {
        const auto& x = tensor(t);
        const int n = static_cast<int>(x.dim());
        for (int k = 0; k < std::min(n, capacity); k++) sizes[k] = x.size(k);
        *dtype = static_cast<int>(x.scalar_type());
        *device_type = static_cast<int>(x.device().type());
        *device_index = x.device().index();
        *flags = (x.is_contiguous() ? 1 : 0) | (x.requires_grad() ? 2 : 0);
        return n;
      },
      -1);
}

TSH_API int tsh_requires_grad(void* t, int on) {
  return guarded([&] { tensor(t).set_requires_grad(on != 0); return 0; }, -1);
}

TSH_API int tsh_autograd_grad(void* const* outputs, int output_count, void* const* inputs, int input_count,
                              void* const* seeds, int seed_count, int retain, int create, int unused, void** results) {
  return guarded(
      [&] {
        auto list = [](void* const* handles, int count) {
          torch::autograd::variable_list tensors;
          for (int k = 0; k < count; k++) tensors.push_back(tensor(handles[k]));
          return tensors;
        };
        auto gradients = torch::autograd::grad(list(outputs, output_count), list(inputs, input_count), list(seeds, seed_count),
                                               retain != 0, create != 0, unused != 0);
        for (size_t k = 0; k < gradients.size(); k++) results[k] = handle(gradients[k]);
        return static_cast<int>(gradients.size());
      },
      -1);
}

TSH_API int tsh_grad_mode(int on) {
  const bool was = c10::GradMode::is_enabled();
  if (on >= 0) c10::GradMode::set_enabled(on != 0);
  return was;
}

TSH_API void* tsh_inference_mode(int on) {
  return guarded([&]() -> void* { return new c10::InferenceMode(on != 0); }, nullptr);
}

TSH_API void tsh_inference_mode_end(void* guard) { delete static_cast<c10::InferenceMode*>(guard); }

TSH_API int tsh_cuda_count() {
  return guarded([&] { return torch::cuda::is_available() ? static_cast<int>(torch::cuda::device_count()) : 0; }, 0);
}

TSH_API int tsh_cuda_synchronize(int index) {
  return guarded([&] { torch::cuda::synchronize(index); return 0; }, -1);
}

TSH_API int tsh_seed(int64_t seed) {
  return guarded([&] { at::manual_seed(seed); return 0; }, -1);
}

// Threads of an operation: OpenMP's for the calling thread, and OpenBLAS's own pool, which libtorch does not know of.
// Not through at::set_num_threads: that also makes a third pool anew at every call, whose threads spin.
TSH_API int tsh_threads(int n) {
  return guarded(
      [&] {
        static auto openmp = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
        static auto openblas = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"));
        const int before = at::get_num_threads();  // the first question of a thread sets its default
        if (n <= 0) return before;
        if (openmp) openmp(n); else at::set_num_threads(n);
        if (openblas) openblas(n);
        return at::get_num_threads();
      },
      -1);
}
