/// Entries beside a state dict that may hold tensors and are not weights.
enum TrainingState {
  /// In lower case.
  static let keys: Set<String> = [
    "amp", "amp_scaler", "best_acc", "best_acc1", "best_loss", "best_metric", "best_prec1", "best_score",
    "callbacks", "cuda_rng_state", "epoch", "global_step", "gpu_rng_state", "grad_scaler", "iter",
    "iteration",
    "loss", "loss_scale", "loss_scaler", "losses", "lr_scheduler", "lr_schedulers", "message_hub", "meta",
    "optim", "optimizer", "optimizer_state", "optimizer_state_dict", "optimizer_states", "optimizers",
    "param_schedulers", "rng_state", "rng_states", "scaler", "scaler_state_dict", "scheduler",
    "scheduler_state_dict", "schedulers", "step", "torch_rng_state",
  ]
}
