/** Typings of the native packages that ship none: only what we call. */
declare module 'udx-native' {
  export interface UdxAddress {
    host: string;
    family: number;
    port: number;
  }
  export interface UdxStream {
    readonly id: number;
    readonly connected: boolean;
    readonly mtu: number;
    readonly rtt: number;
    readonly cwnd: number;
    readonly inflight: number;
    readonly destroying: boolean;
    connect(socket: UdxSocket, remoteId: number, port: number, host: string): void;
    /** Null when it took effect at once. @throws while an earlier change is under way. */
    changeRemote(socket: UdxSocket, remoteId: number, port: number, host: string): Promise<void> | null;
    setKeepalive(ms: number): void;
    write(data: Uint8Array): boolean;
    end(): void;
    destroy(error?: Error): void;
    resume(): this;
    on(event: 'data', listener: (data: Uint8Array) => void): this;
    on(event: 'drain' | 'end' | 'close' | 'remote-changed', listener: () => void): this;
    on(event: 'error', listener: (error: Error) => void): this;
  }
  export interface UdxSocket {
    readonly streams: Set<UdxStream>;
    address(): UdxAddress | null;
    bind(port: number, host: string): void;
    close(): Promise<void>;
    trySend(data: Uint8Array, port: number, host: string, ttl?: number): void;
    setRecvBufferSize(bytes: number): number;
    setSendBufferSize(bytes: number): number;
    addMembership(group: string, interfaceAddress?: string): void;
    readonly packetsReceived: number;
    readonly bytesReceived: number;
    readonly packetsTransmitted: number;
    readonly bytesTransmitted: number;
    on(event: 'message', listener: (data: Uint8Array, from: UdxAddress) => void): this;
    on(event: 'close', listener: () => void): this;
    on(event: 'error', listener: (error: Error) => void): this;
  }
  export default class UDX {
    createSocket(options?: { ipv6Only?: boolean; reuseAddress?: boolean }): UdxSocket;
    createStream(
      id: number,
      options?: { firewall?: (socket: UdxSocket, port: number, host: string, family: number) => boolean },
    ): UdxStream;
    networkInterfaces(): { name: string; host: string; family: number; internal: boolean }[];
  }
}
/** The stream class itself: subclassed to be nearer to the carrier. */
declare module 'udx-native/lib/stream.js' {
  import type UDX from 'udx-native';
  import type { UdxSocket, UdxStream } from 'udx-native';

  interface StreamInside {
    _wreqs: { buffer: Uint8Array | null; buffers: Uint8Array[] | null }[];
    _remoteChanging: Promise<void> | null;
    readonly _handle: Uint8Array;
    readonly _closed: boolean;
    /** Where the carrier writes what comes in. */
    _buffer: Uint8Array;
    push(data: Uint8Array | null): boolean;
    _onack(id: number): void;
    _ondata(length: number): Uint8Array;
    _onend(length: number): void;
    _reallocData(): Uint8Array;
  }
  const Stream: new (
    udx: UDX,
    id: number,
    options?: { firewall?: (socket: UdxSocket, port: number, host: string, family: number) => boolean },
  ) => UdxStream & StreamInside;
  export default Stream;
}

/** The native code below. */
declare module 'udx-native/binding.js' {
  const binding: {
    udx_napi_stream_set_mode(stream: Uint8Array, mode: number): void;
  };
  export default binding;
}
