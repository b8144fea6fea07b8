/** What a server process under test says of itself over the channel to the test: nobody else can ask. */
export interface Inspection {
  /** In RAM, of the process itself, in bytes. */
  readonly memory: number;
  /** Those that have a room here. */
  readonly visits: readonly string[];
  /** With those of visits that are just moving away. */
  readonly rooms: number;
  /** mediasoup's objects as the server's own process counts them. */
  readonly webRtcTransports: number;
  /** As the media workers themselves count them. */
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
