// Every bound of the system, with its reason. Reaching one is a named error or a counted drop, never a surprise.
// docs/limits.md lists them for users; a test keeps the two equal.

export const limits = {
  /** Every how many pixels a coarse unit renders one: a first picture at 1/64 of a sample (DESIGN section 8). */
  coarseStridePx: 8,
  /** Film side: 16K; a larger film's planes pass the size of one ArrayBuffer that V8 reliably allocates. */
  filmSidePxMax: 16_384,
  /** Film area: 8K UHD twice over; 13 float64 planes of it take 7 GB. */
  filmAreaPxMax: 67_108_864,
  /** A sum of 2²⁰ samples leaves ±512 for each before clamping; more spp would clamp ordinary highlights. */
  sppMax: 1_048_576,
  /** Below 8 a tile's message costs more than its pixels; above 256 one unit's planes pass the message limit. */
  tileSizePxMin: 8,
  tileSizePxMax: 256,
  /** One session's processes on a local machine or a farm; Arras itself speaks of about 100. */
  mcrtCountMax: 1024,
  /** Threads of one computation. */
  coresMax: 1024,
  /** Path vertices after the camera. */
  pathDepthMax: 1024,
  /** One gRPC message: a 256×256 tile with every output in float64 is 10 MiB. */
  messageSizeBytesMax: 32 * 1024 * 1024,
  /** Contributions a computation may have sent without acknowledgement: by count and by bytes. */
  inFlightContributionsMax: 8,
  inFlightContributionBytesMax: 64 * 1024 * 1024,
  /** Units that one computation may hold: one for each of coresMax threads and as many to come; 64 starved machines with more threads than that. */
  leasedUnitsMax: 2048,
  /** A grant's units; more is sent as several grants. */
  grantUnitsMax: 32,
  /** Restarts of one computation within a session, and in a row without one merged unit. */
  restartsMax: 64,
  restartsInARowMax: 5,
  /** Nodes whose samples were found wrong; older ones are forgotten, for their agents have been started again since. */
  quarantinedNodesMax: 1024,
  /** How often a film is asked again to give up a wrong node's samples, where it could not. */
  takeOutAgainMs: 1_000,
  /** Units that wait for another node's word; where no other node is there, more stay unverified. */
  verificationsMax: 1024,
  /** Crashes on one unit before it is bisected. */
  unitCrashesMax: 2,
  /** Bisection stops at this side: below it the hole is smaller than what an eye notices at 1:1. */
  holeSidePxMin: 8,
  /** Reported clamped or non-finite samples per unit; the counts are exact. */
  sampleReportsMax: 4,
  /** A scene's JSON part; the largest public glTF is below 100 MB of JSON. */
  sceneJsonSizeBytesMax: 256 * 1024 * 1024,
  /** All buffers of a scene together, and one texture's side. */
  sceneBufferSizeBytesMax: 8 * 1024 * 1024 * 1024,
  textureSidePxMax: 16_384,
  environmentSidePxMax: 16_384,
  triangleCountMax: 1_000_000_000,
  /** glTF node depth: deeper is a cycle or an attack. */
  nodeDepthMax: 256,
  /** Instances after the node hierarchy is flattened. */
  instanceCountMax: 16_000_000,
  /** A session definition's file; the largest that Arras ships is 4 KB. */
  sessionDefinitionSizeBytesMax: 1024 * 1024,
  /** Nesting inside it (the deepest of Arras has 6), and mistakes reported of one file. */
  sessionDefinitionDepthMax: 64,
  sessionDefinitionMistakesMax: 50,
  /** Computations that a definition names; Arras's have three. */
  sessionComputationsMax: 256,
  /** Memory of one computation: less does not hold an empty renderer, more than 64 TiB no machine has. */
  computationMemoryMBMin: 128,
  computationMemoryMBMax: 67_108_864,
  /** Files that one command writes, and AOVs it names. */
  outputFilesMax: 16,
  /** How long a computation may take to say it is ready: a large scene over a slow file system. */
  launchTimeoutMs: 60_000,
  /** Time to end by itself before SIGTERM, and before SIGKILL after that. */
  stopGraceMs: 2_000,
  killGraceMs: 2_000,
  /** Heartbeats of nodes, reports of what their computations use, and how many heartbeats may be missing before a node counts as lost (DESIGN section 6). */
  heartbeatIntervalMs: 1_000,
  heartbeatsMissedMax: 3,
  /** Nodes of one farm; and lost ones whose computations are ended when they are heard of again. */
  nodesMax: 4096,
  lostNodesMax: 1024,
  /** A computation whose node is gone asks for a place this often; a session all of whose computations have none fails after this long, or after the longer time that it may wait in the queue: time to start a node by hand. */
  placeAgainIntervalMs: 1_000,
  placeAgainMsMax: 120_000,
  /** Attempts to change the farm's table of places while other coordinators change it: each lost one is another's gain, so this many in a row mean that something is wrong. The table itself is bounded by keyValueSizeBytesMax: about 16,000 computations. */
  placesWritesMax: 64,
  /** Sessions that wait, of the whole farm; how many of them are looked at for a place; and running ones that are tried to name the one whose end would help. */
  queuedSessionsMax: 1000,
  queueLookAheadMax: 64,
  queueUnblockersTriedMax: 32,
  /** A session that does not fit is passed by smaller ones for so long, then by none: about a frame. */
  queuePassedMsMax: 60_000,
  /** One that could start and does not has no living owner, and no room is kept for it: longer than a takeover (leaseTtlMs). */
  queueStalledMsMax: 10_000,
  /** Places of a session that has no record are given back after this long: a session's record is written within seconds of its places. */
  strayPlacesMsMax: 30_000,
  /** How long a session may ask to wait for its first places (--queue-timeout): over a week nobody looks for it any more. */
  queueTimeoutMsMax: 7 * 24 * 3600 * 1000,
  /** Priorities: 0 to this; higher comes first. */
  priorityMax: 100,
  /** Tags that a session asks for, and characters of each. */
  wishedTagsMax: 16,
  tagCharsMax: 64,
  /** A computation that was ended for its memory is tried once more where there is room, with at most so many times its limit; with less than this part more it would only end again. */
  memoryRetryFactorMax: 2,
  memoryRetryFactorMin: 1.25,
  /** How long computations work on without their coordinator, and a node without NATS: more than a restart or a partition of 30 s, which cost time only (issue 3). */
  coordinatorAwayMsMax: 60_000,
  nodeAwayMsMax: 60_000,
  /** Sessions that one coordinator holds, and requests it remembers. */
  sessionsMax: 1000,
  /** A finished session whose client did not close it, for its pictures: then its merger's memory is wanted elsewhere. */
  sessionKeptMs: 600_000,
  /** One that waits for places and that nobody watches is cancelled: a client looks for a coordinator for clientAwayMsMax before it gives up. */
  forsakenMsMax: 600_000,
  /** Resident-set watchdog: at 100 ms a process that allocates 2 GB/s overshoots by 200 MB. */
  memoryPollMs: 100,
  /** Where cgroups hold all of them, reading is for peaks and swap only, told once a second; at 100 ms it took 1 % of a core. */
  enclosedMemoryPollMs: 1_000,
  /** Processes of one computation that it counts: a renderer and what it starts; a flood of them is for cgroups to hold. */
  watchedProcessesMax: 64,
  /** Processes of each kind that wait on a node for an order, unless it is told otherwise, and the most that may be said: each takes a second of a core to start. And what two, one of each kind, are taken to have of the machine's memory: 107 and 132 MiB are resident. */
  prestartCount: 1,
  prestartCountMax: 64,
  prestartedPairSizeBytes: 256 * 1024 * 1024,
  /** After a launch, whose computation is to load its scene first; between two that are started; and where they end again and again, at most. */
  prestartDelayMs: 1_000,
  prestartIntervalMs: 100,
  prestartAgainMsMax: 60_000,
  /** Sessions that an idle coordinator plays with itself, unless it is told otherwise, and the most that may be said: after 20 a session takes a third of the processor time of the first one, and more change nothing. Each takes a tenth of a second. */
  rehearsedSessionCount: 20,
  rehearsedSessionCountMax: 20,
  /** How long a node that is to leave waits for its computations to go, unless it is told otherwise: Kubernetes ends a pod 30 s after it asked. And the most that may be said. */
  drainDeadlineMs: 25_000,
  drainDeadlineMsMax: 86_400_000,
  /** So long before its node's end a film for which there is no other place is written as a checkpoint and its merger ended: a film of 4K with eight outputs takes about four seconds, and the merger two to go. */
  drainLastMs: 8_000,
  /** How often a node asks whether its machine is taken away (notices come 30 s to 2 min before), and how long the answer may take. */
  noticeIntervalMs: 3_000,
  noticeTimeoutMs: 2_500,
  /** What a driver's tool may take to name the GPUs, and a renderer to name itself, on a machine that is busy; GPUs of one node. */
  capabilityTimeoutMs: 30_000,
  gpusMax: 64,
  /** Processes of one node: more than its cores many times over is a fault of whoever asks. */
  nodeComputationsMax: 256,
  /** What a computation says on standard error: a line, and the lines kept for the report of a crash. */
  logLineCharsMax: 8192,
  logTailLinesMax: 12,
  /** A launch order, one line on standard input. */
  launchOrderSizeBytesMax: 1024 * 1024,
  /** A later line there: a note has an address in it, no more. And notes that wait until the computation listens. */
  agentNoteSizeBytesMax: 4096,
  agentNotesWaitingMax: 16,
  /** Where a process of ours can be reached: a name of DNS's longest form and a port, or a socket's path. */
  addressCharsMax: 300,
  /** Notices that a session keeps for watchers that come late. */
  sessionNoticesMax: 1000,
  /** Text of an error or a notice on the wire. */
  messageTextCharsMax: 4096,
  /** Previews: frames that one viewer has not acknowledged; outputs of a split view; tiles in one frame, so that the first of them is not long in coming (and no more than half of the film's, so that all frames on their way are one picture), and of coarse ones, which go in blocks, as one image each; frames a second, as displays show; encoded tiles kept for the next viewer: a 4K frame of half floats. */
  previewFramesInFlightMax: 2,
  previewOutputsMax: 2,
  previewTilesPerFrameMax: 128,
  previewCoarseTilesPerFrameMax: 1024,
  previewFramesPerSecondMax: 60,
  /** Viewers of one film, through all coordinators. */
  previewStreamsMax: 512,
  previewCacheSizeBytesMax: 64 * 1024 * 1024,
  /** Edits of one session: lights, materials and objects that are edited, each; all of them as a message, which its record holds twice; what of a scene is listed as editable, each (a page is told less than 0.5 MB); characters of an id, and of an editor's name. */
  editedPartsMax: 1024,
  editsSizeBytesMax: 96 * 1024,
  contentsListedMax: 1024,
  editIdCharsMax: 128,
  editorCharsMax: 64,
  /** A new edit waits for the first picture of the one before, at most so long: a slow scene's would hold it up for seconds. */
  editWaitMsMax: 2_000,
  /** Lights that a pick names, rays that it sends to each, and how long a computation may take to answer it; and picks of a session that wait at a time. */
  picksWaitingMax: 64,
  pickedLightsMax: 16,
  pickRaysPerLight: 256,
  pickTimeoutMs: 5_000,
  /** A file of edits: 3 × 1,024 of them, written by hand. */
  editsFileSizeBytesMax: 4 * 1024 * 1024,
  /** tev: the side of the squares that are sent (it stalls while it takes a large packet, its issue 116; a small one costs more than its pixels), one attempt to connect, orders that wait for it, and how long the end waits for it. */
  tevTileSidePx: 128,
  tevConnectTimeoutMs: 5_000,
  tevOrdersMax: 64,
  tevCloseMsMax: 2_000,
  /** How long the end of a render waits for its last picture in a terminal or tev. */
  previewLastMsMax: 5_000,
  /** Open Image Denoise: its scratch memory, within what a merge computation is given beside a 4K film (it denoises in parts); and the longest run, a 16K picture at high quality on few cores. */
  denoiserMemoryMbMax: 400,
  denoisingMsMax: 3_600_000,
  /** A picture in a terminal: its longer side (one of 800×450 takes about 30 ms to encode and 1 MB to send), how often it is drawn at most, and how long its terminal may take to say what it is. */
  terminalPictureSidePxMax: 800,
  terminalPictureIntervalMs: 250,
  terminalAnswerMsMax: 1_000,
  /** A camera's path: an hour of a camera that never stands still, looked at or moved ten times a second; its file as text. */
  cameraPathSecondsMax: 86_400,
  cameraPathCamerasMax: 36_000,
  cameraPathIntervalMs: 100,
  cameraPathSizeBytesMax: 16 * 1024 * 1024,
  /** Lines that wait for a terminal that takes nothing (Ctrl-S); the oldest go. */
  terminalLinesMax: 1_000,
  /** Pages that look at one session at one coordinator; what a page says at once (edits are the longest); and what waits for a page that takes nothing, beside a frame: then it is told less. */
  viewersMax: 256,
  /** Told five times a second to everybody who watches: as many as a page shows at a glance. */
  contributionsToldMax: 32,
  viewerMessageSizeBytesMax: 1024 * 1024,
  viewerWaitingBytesMax: 1024 * 1024,
  viewerNoticesHeldMax: 32,
  /** Moving pictures (preview.mjpeg): different ones of a session, each of which the merger encodes, and how many of each a second; and how long an HTTP client may take nothing of a picture, for that keeps a file or memory. */
  motionFeedsMax: 8,
  motionPicturesPerSecondMax: 10,
  httpStalledMsMax: 60_000,
  /** An encoded picture is streamed in pieces of this size. */
  imageChunkSizeBytes: 1024 * 1024,
  /** Tile statuses in one message; at 1080p a frame has 510 tiles. */
  tileStatusesPerMessageMax: 4096,
  /** Tile statuses are joined for this long: one message a frame of a 50 Hz display. */
  tileStatusIntervalMs: 20,
  /** Watchers of one film: its coordinator, one that takes over, and tools. */
  tileWatchersMax: 64,
  /** Files that one merger encodes one after another; each waiting one costs nothing, the one at work a copy of the picture. */
  encodingsWaitingMax: 16,
  /** A computation's name, and a session's id where somebody else made it. */
  computationNameCharsMax: 256,
  /** Connections of one door, and of one address (a node's computations, or all clients behind one ssh tunnel): beyond it a file descriptor each. */
  doorConnectionsMax: 16_384,
  doorConnectionsPerAddressMax: 2_048,
  /** Until a client has said what it speaks, TLS included: a loaded machine takes a second, who takes ten holds a place for nothing. */
  doorGreetingMsMax: 10_000,
  /** A coordinator looks so often whether files of its door have changed: five stats; a token that is taken away is to end soon. */
  doorFilesLookIntervalMs: 10_000,
  /** An HTTP request: its head (Node's own default is 16 KiB, too), its address, its body; and the times for head, all of it, and the next one. */
  httpHeaderSizeBytesMax: 16 * 1024,
  httpUrlCharsMax: 4096,
  httpBodySizeBytesMax: 1024 * 1024,
  httpHeadersMsMax: 10_000,
  httpRequestMsMax: 60_000,
  httpIdleMsMax: 30_000,
  /** A message to the door: a session's specification, a piece of an upload. Contributions do not come here. */
  doorMessageSizeBytesMax: 4 * 1024 * 1024,
  /** Lines in the list of tokens, each compared on each call (0.2 ms for all); the names in it; a token: 128 bits from chance are 32 digits. */
  tokensMax: 1000,
  userCharsMax: 64,
  tokenCharsMin: 32,
  tokenCharsMax: 512,
  /** A second look at a connection that did not come about, to say why. */
  tlsDiagnosisMsMax: 5_000,
  /** A file with a certificate or a key: one with all authorities of a system has 250 KB. */
  pemSizeBytesMax: 1024 * 1024,
  /** Requests of one client (user, else address), in all that its processes do: a scene of 2,000 small files at once, then a steady rate; and the clients remembered for it. */
  requestBurstMax: 2000,
  requestsPerSecondMax: 200,
  rateClientsMax: 10_000,
  /** Calls of one client that are open at a time: uploads (of which a coordinator takes 8), watchers, pictures on their way, previews (two messages of 4 MB each in flight); and all watchers of one session. */
  uploadsPerClientMax: 16,
  watchesPerClientMax: 1024,
  picturesPerClientMax: 16,
  previewsPerClientMax: 64,
  /** Events that a watcher has not read yet: more are left out, but the last one and notices. */
  watchBacklogMax: 64,
  /** A session looks at the clock so often at least, for units and checkpoints that are overdue. */
  watchIntervalMsMax: 1_000,
  /** Calls that one connection may have open: a coordinator hands on all its watches to another one by one connection. */
  callsPerConnectionMax: 4096,
  sessionWatchersMax: 256,
  /** Sessions that one user has at a time, in all states; below sessionsMax, so that others have some left. */
  sessionsPerUserMax: 500,
  /** NATS servers in one list, and one message of the bus: NATS's own default (max_payload), so that any server will do. */
  natsServersMax: 32,
  busMessageSizeBytesMax: 1024 * 1024,
  /** Bytes that the bus hands to NATS before the server has confirmed any: a stalled server costs this much memory. */
  busUnconfirmedBytesMax: 16 * 1024 * 1024,
  /** Requests that one process answers at a time; more are dropped, and their senders time out. */
  busAnswersMax: 1024,
  /** NATS: one attempt to connect, pings that notice a stalled server within three intervals, and the wait between attempts (with its variation below leaseTtlMs, so that an owner is back before others take over). */
  natsConnectTimeoutMs: 5_000,
  natsPingIntervalMs: 2_000,
  natsReconnectDelayMsMin: 50,
  natsReconnectDelayMsMax: 1_000,
  /** One request to JetStream: beyond it the server is down, and what was asked may or may not have happened. */
  natsRequestTimeoutMs: 2_000,
  /** How long a transfer goes on asking while the server is away: a restart, or a partition of 30 s, costs time only. */
  natsAwayMsMax: 120_000,
  /** A value and a key in key-value: a session's specification has a scene's options, not a scene. */
  keyValueSizeBytesMax: 512 * 1024,
  keyValueKeyCharsMax: 256,
  /** Sessions whose owners a node remembers: those of a farm, and as many that have ended. */
  fencedSessionsMax: 2000,
  /** Coordinators of one farm that another one keeps a connection to. A call about a session whose owner has gone waits so long for the next one, several times what a takeover takes; one that is handed on to the owner takes at most so long. */
  coordinatorsMax: 64,
  ownerAwaitedMsMax: 15_000,
  relayedCallMsMax: 30_000,
  /** A command goes on trying so long: to reach one of several doors, to create its session (nothing runs yet), to hear of it again, more than a restart or a partition of 30 s (issue 3), and to fetch a picture. */
  clientDoorMsMax: 2_000,
  clientCreateMsMax: 5_000,
  clientAwayMsMax: 120_000,
  clientFetchMsMax: 30_000,
  /** A new session's record, half of what fits: places, holes and the end are to follow. And holes that it keeps; a takeover finds the others out again. */
  recordNewSizeBytesMax: 256 * 1024,
  recordHolesMax: 4096,
  /** Ownership by lease: how long others wait before they take over, how long after its last renewal the holder may act (less, for clocks that run at unequal speed), and how often it renews. Takeover within 3 s (issue 3). */
  leaseTtlMs: 2_000,
  leaseAllowanceMs: 1_700,
  leaseRenewIntervalMs: 400,
  /** One object: a scene with textures of film size, a film at 16K. */
  objectSizeBytesMax: 64 * 1024 * 1024 * 1024,
  /** Objects travel in chunks, so many of which are sent before the store has confirmed them. */
  objectChunkSizeBytes: 256 * 1024,
  objectChunksInFlightMax: 32,
  /** One of them on its way: a link of 1 Mbit/s takes 2 s for it, and some may be before it. */
  objectChunkTimeoutMs: 15_000,
  /** Computations, each counted on every node that it ran on, whose share of a film's tiles is remembered. */
  contributorsMax: 8192,
  /**
   * Checkpoints of a film by default: what is lost at most with a merger. And the least time between two where samples
   * come fast: a film of 1080p takes about a second.
   */
  checkpointIntervalMs: 30_000,
  checkpointSpp: 100,
  checkpointGapMs: 5_000,
  /** Sessions that can be gone on with, and their checkpoints together: on a farm, and on one machine in its user's folder. */
  farmResumableSessionsMax: 1000,
  farmResumableBytesMax: 1024 * 1024 * 1024 * 1024,
  localResumableSessionsMax: 20,
  localResumableBytesMax: 8 * 1024 * 1024 * 1024,
  /** Checkpoints go by themselves after this; those of a session that renders are newer. */
  checkpointsKeptMs: 14 * 24 * 3600 * 1000,
  /**
   * Finished images of ended sessions: how many sessions', how long, and how large their store is made, or half of that
   * and so on where the NATS server has less to give. The oldest go when three quarters are taken; the rest is for those
   * that are being written, and for halves that a killed merger left.
   */
  imagesSessionsMax: 1000,
  imagesKeptMs: 14 * 24 * 3600 * 1000,
  imagesStoreSizeBytesMax: 64 * 1024 * 1024 * 1024,
  imagesStoreSizeBytesMin: 64 * 1024 * 1024,
  /** Sessions with images that the page lists: as many as anybody looks through. */
  imagesToldMax: 100,
  /** How long after a session's end it is tried to store them, with pauses: NATS may be away, or be started again. */
  imagesStoringMsMax: 300_000,
  imagesAgainAfterMs: 2_000,
  /** How long whoever closes the session waits for that, so that its merger goes only then: less than the command does. */
  imagesClosingMsMax: 60_000,
  /** One tile of a checkpoint: 256×256 pixels of every output take 8 MiB, and its ledger little. */
  checkpointFrameSizeBytesMax: 32 * 1024 * 1024,
  /** A scene's files stay in the farm's store so long after they were put; what is used later than the second is uploaded again, so a session has at least the difference. */
  assetsKeptMs: 30 * 24 * 3600 * 1000,
  assetsRenewAfterMs: 15 * 24 * 3600 * 1000,
  /** A scene's files in one bundle: the largest public ones have some thousand files and 100 GB. */
  bundleFilesMax: 65_536,
  bundleSizeBytesMax: 256 * 1024 * 1024 * 1024,
  /** Its manifest: 65,536 files with paths of 150 bytes. */
  bundleManifestSizeBytesMax: 16 * 1024 * 1024,
  /** A file's path inside a bundle, and one name in it: what is left of Linux's 4,096 and all of its 255 when a cache's own folders stand before it. */
  bundlePathBytesMax: 1024,
  bundleNameBytesMax: 255,
  bundlePathDepthMax: 64,
  /** Digests in one question to the asset store: 64 KiB or so of text, and a second of its time. */
  assetDigestsMax: 1024,
  /** A piece of an upload; grpc-js keeps sixteen of a stream that nobody reads. */
  assetChunkSizeBytes: 256 * 1024,
  /** Uploads that one coordinator takes in at a time and those that wait without being read (16 MiB of memory each at most, 8 MiB while waiting), and how long a client may send nothing. */
  assetUploadsMax: 8,
  assetUploadsWaitingMax: 32,
  assetUploadSilenceMsMax: 60_000,
  /** Objects that one transfer of a bundle moves at once: small files are bound by round trips. */
  assetsInFlightMax: 4,
  /** The name of a cache's folder: with a bundle's path in it, it stays below Linux's 4,096. */
  cacheFolderCharsMax: 2048,
  /** An agent's sign of life in a cache that it shares, and after how long without one what it held is let go: more than a stalled machine, less than a shift. */
  cacheHolderTouchMs: 10_000,
  cacheHolderSilenceMsMax: 60_000,
  /** A cache's size where none is given: half of what is free on its disk, and no more than this. */
  cacheSizeBytesDefaultMax: 64 * 1024 * 1024 * 1024,
  /** Bundles that a heartbeat names: 4 KB a second for each node. */
  heartbeatBundlesMax: 64,
  /** Events are kept this long and this many: a journal for people, not a record of the film. */
  eventSizeBytesMax: 64 * 1024,
  /** Events that wait for the server; what comes on top while it is away is dropped and counted. */
  eventsWaitingMax: 1000,
  eventsKeptMs: 7 * 24 * 3600 * 1000,
  eventsKeptMax: 1_000_000,
  eventsKeptBytesMax: 1024 * 1024 * 1024,
  /** Who reads one coordinator's events at a time: each has a consumer in NATS. */
  eventReadersMax: 64,
  /** Connections to a node agent's figures: Prometheus needs one, a person another. */
  metricsConnectionsMax: 16,
  /** Sending spans to an OpenTelemetry collector: one that is away holds up the end of a coordinator for so long. */
  traceExportTimeoutMs: 2_000,
} as const;
