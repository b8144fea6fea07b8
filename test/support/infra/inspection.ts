/** The reports of a server process under test over the channel to the test. */
export interface Inspection {
  /** Resident memory of the process, in bytes. */
  readonly memory: number;
  /** Sessions that have a room here. */
  readonly visits: readonly string[];
  /** Including those of visits that are migrating away. */
  readonly rooms: number;
  /** mediasoup's objects as counted by the server process. */
  readonly webRtcTransports: number;
  /** Objects as counted by the media workers. */
  readonly workers: readonly InspectedWorker[];
}

export interface InspectedWorker {
  readonly pid: number;
  readonly routers: readonly InspectedRouter[];
}

/** One router, as its worker dumps it. */
export interface InspectedRouter {
  readonly routerId: string;
  readonly transports: number;
  readonly producers: readonly string[];
  readonly consumers: number;
}

export interface InspectionQuestion {
  readonly type: 'inspect';
  readonly id: number;
}

export interface InspectionAnswer {
  readonly type: 'inspected';
  readonly id: number;
  readonly inspection: Inspection;
}
