// A stranger that only says that it is there, and whether it saw a key of ours.
console.log(process.env['MASTER_KEYS'] === undefined && process.env['DATABASE_URL'] === undefined ? 'simulators know no secrets' : 'simulators know secrets');
console.log(`READY ${process.env['SIMULATORS_URL']}`);
process.on('disconnect', () => process.exit(0));
setInterval(() => undefined, 1_000);
