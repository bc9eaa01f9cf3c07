USE_CUDA = False  # @param {type:"boolean"}
