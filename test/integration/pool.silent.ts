/** A process of the pool that never says that it is ready. */
process.on('message', () => undefined);
process.on('disconnect', () => process.exit(0));
