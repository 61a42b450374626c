/** A process of the pool that ends before it is ready, as one does whose model cannot be loaded. */
process.exit(1);
