"""What many programs never use, and `import autograd` therefore leaves aside until it is first asked for."""

MODULES = ("amp", "autograd", "cuda", "func", "serialization", "utils")

# module -> what is public in it
NAMES = {
    "amp.autocast_mode": "autocast clear_autocast_cache get_autocast_dtype is_autocast_cache_enabled "
    "is_autocast_enabled set_autocast_cache_enabled set_autocast_dtype set_autocast_enabled",
    "anomaly": "is_anomaly_check_nan_enabled is_anomaly_enabled",
    "functions.adaptive_pooling": "adaptive_avg_pool1d adaptive_max_pool1d",
    "functions.convolution": "conv1d conv2d conv3d conv_tbc conv_transpose1d conv_transpose2d conv_transpose3d "
    "convolution",
    "functions.distances": "cosine_similarity pairwise_distance pdist",
    "functions.dropouts": "alpha_dropout alpha_dropout_ dropout dropout_ feature_alpha_dropout "
    "feature_alpha_dropout_ feature_dropout feature_dropout_",
    "functions.einsum": "einsum",
    "functions.embedding": "embedding embedding_bag embedding_renorm_",
    "functions.grids": "affine_grid_generator grid_sampler",
    "functions.normalization": "batch_norm group_norm instance_norm layer_norm rms_norm",
    "functions.pixels": "channel_shuffle pixel_shuffle pixel_unshuffle",
    "functions.pooling": "avg_pool1d max_pool1d max_pool1d_with_indices max_pool2d max_pool3d",
    "functions.recurrent": "gru gru_cell lstm lstm_cell rnn_relu rnn_relu_cell rnn_tanh rnn_tanh_cell",
    "serialization": "CheckpointError load save",
    "visualize": "make_dot",
}
MODULE_OF = {name: module for module, names in NAMES.items() for name in names.split()}
