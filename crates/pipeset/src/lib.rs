//! Sets of pipes for protocol authors: distribute, fair-queue, load-balance, exclusive
