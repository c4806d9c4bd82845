import type { Handlers } from '../../api/contract.ts';
import { type FakeService, fakeService } from '../../api/testing/fake-service.ts';
import type { CoreInfo, CoreOptions, RunningCore } from '../core-factory.ts';

export type FakeCore = FakeService & RunningCore & { readonly options: CoreOptions };

const INFO: CoreInfo = {
  publicId: null,
  nodeId: '0'.repeat(64),
  bootstrapAddress: `127.0.0.1:4000/${'0'.repeat(64)}`,
  udpPort: 4000,
};

/** Makes cores for tests of the shells and keeps them for the test to look at. */
export function fakeCoreFactory(handlers: Partial<Handlers> = {}, info: Partial<CoreInfo> = {}) {
  const cores: FakeCore[] = [];
  const createCore = async (options: CoreOptions): Promise<FakeCore> => {
    const extra = { info: () => ({ ...INFO, ...info }), options };
    const service = fakeService(handlers);
    const core = Object.defineProperties(extra, Object.getOwnPropertyDescriptors(service)) as unknown as FakeCore;
    cores.push(core);
    return core;
  };
  return { cores, createCore };
}
