from lmteach.classroom import start

session = start(seed=0, use_cuda=USE_CUDA)
