import { networkInterfaces } from 'node:os';

/** IPv4 addresses of this machine on its networks (not loopback), the ones a phone in the same Wi-Fi may reach. */
export function lanAddresses(interfaces = networkInterfaces()): string[] {
  const found = Object.entries(interfaces).flatMap(([name, addresses]) =>
    (addresses ?? []).filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => ({ name, address })),
  );
  // Bridges of container engines come last: no phone is there.
  const virtual = (name: string): boolean => /^(docker|br-|veth|virbr|vmnet|tun|tap|utun)/.test(name);
  return [...found.filter(({ name }) => !virtual(name)), ...found.filter(({ name }) => virtual(name))].map(({ address }) => address);
}
