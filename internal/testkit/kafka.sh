#!/usr/bin/env bash
# Apache Kafka on loopback from its published jars: one combined KRaft node, or three.
set -euo pipefail

usage() {
	cat <<'TXT'
usage: kafka.sh COMMAND

  up [1|3] [VERSION]  fetch jars, format, start, wait until ready, print bootstrap servers
  down                stop every node and delete its data
  run [1|3] [VERSION] up, then wait for the end of standard input, kill every node and delete DIR; a cluster beside DIR
                      whose run was killed is destroyed first
  kill N              SIGKILL node N, data kept
  stop N              SIGTERM node N and wait for its controlled shutdown, data kept
  pause N, resume N   SIGSTOP, SIGCONT
  start N             start a killed or stopped node again and wait until it answers
  status              one line a node; exit 0 when all nodes are ready
  bootstrap           print the bootstrap servers of a started cluster
  fetch [VERSION]     fetch the jars only

environment
  KAFKA_VERSION   4.3.1
  KAFKA_CACHE     ~/.cache/assay-kafka      jars, one folder a version
  KAFKA_DIR       $TMPDIR/assay-kafka-$UID  data, logs, pids; one cluster a folder
  KAFKA_PORT      29092                     node N: clients PORT+N-1, controllers PORT+100+N-1
  KAFKA_PROXY     none                      port: node N also listens on PROXY+N-1 and tells clients that come in
                                            there to dial PROXY+N+9, where a proxy of yours stands
  KAFKA_HEAP      512m
  KAFKA_CPUS      none                      taskset list for the nodes, e.g. 1
  KAFKA_PROPS     none                      more broker properties, one a line; they win
  KAFKA_JVM       none                      more JVM flags
  KAFKA_LOG       warn                      level of DIR/nodeN/log
  KAFKA_WAIT      60                        seconds until a start counts as failed

needs bash, java 17 or newer, mvn (first fetch only), od, flock, setsid
TXT
}

version=${KAFKA_VERSION:-4.3.1}
cache=${KAFKA_CACHE:-$HOME/.cache/assay-kafka}
dir=${KAFKA_DIR:-${TMPDIR:-/tmp}/assay-kafka-$UID}
port=${KAFKA_PORT:-29092}
wait_s=${KAFKA_WAIT:-60}
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
self=$0

die() { echo "kafka.sh: $*" >&2; exit 1; }
say() { echo "kafka.sh: $*" >&2; }

fetch() { # VERSION
	local out=$cache/$1
	[[ -e $out/libs/kafka_2.13-$1.jar ]] && return
	command -v mvn >/dev/null || die "mvn not found and no jars of Kafka $1 in $out"
	mkdir -p "$out"
	(
		flock 8
		[[ -e $out/libs/kafka_2.13-$1.jar ]] && exit
		say "fetching Kafka $1 to $out"
		rm -rf "$out/libs.new"
		cat >"$out/pom.xml" <<POM
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId><artifactId>kafka</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$1</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
POM
		mvn -q -B -f "$out/pom.xml" dependency:copy-dependencies -DoutputDirectory="$out/libs.new" >&2 || die "mvn could not fetch Kafka $1"
		rm -rf "$out/libs"
		mv "$out/libs.new" "$out/libs"
	) 8>"$out/.lock"
	[[ -e $out/libs/kafka_2.13-$1.jar ]] || die "no jars of Kafka $1"
}

# A pid counts only with the start time noted beside it, so a reused pid is never signalled.
born() {
	local s
	s=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
	read -ra s <<<"${s##*) }"
	[[ ${s[0]} != Z ]] && echo "${s[19]}"
}
pid_of() { # N
	local pid at
	read -r pid at 2>/dev/null <"$dir/node$1/pid" || return 1
	[[ $(born "$pid") == "$at" ]] && echo "$pid"
}

client_port() { echo $((port + $1 - 1)); }
load() { # sets nodes, version, port of the cluster in dir
	[[ -r $dir/cluster ]] || die "no cluster in $dir"
	read -r nodes version port <"$dir/cluster"
}
bootstrap() {
	local i s=""
	for ((i = 1; i <= nodes; i++)); do s+=,127.0.0.1:$(client_port "$i"); done
	echo "${s:1}"
}

# ask PORT BYTES: one request on a fresh connection, the answer's bytes in decimal.
ask() {
	timeout 2 bash -c '
		exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
		printf "$2" >&3
		n=($(head -c 4 <&3 | od -An -tu1)) || exit 1
		((${#n[@]} == 4)) || exit 1
		head -c $((n[0] << 24 | n[1] << 16 | n[2] << 8 | n[3])) <&3 | od -An -v -tu1 | tr -s " \n" " "
	' - "$1" "$2" 2>/dev/null
}
# Number of live brokers node N knows: ApiVersions 0, then Metadata 1 for no topic.
brokers_seen() { # N
	local a
	read -ra a <<<"$(ask "$(client_port "$1")" '\0\0\0\x0a\0\x12\0\0\0\0\0\x01\xff\xff')"
	((${#a[@]} > 10 && a[4] == 0 && a[5] == 0)) || return 1
	read -ra a <<<"$(ask "$(client_port "$1")" '\0\0\0\x0e\0\x03\0\x01\0\0\0\x02\xff\xff\0\0\0\0')"
	((${#a[@]} > 8)) || return 1
	echo $((a[6] << 8 | a[7]))
}
# Asking for a coordinator of either kind makes its internal topic; 0 once it has a leader.
coordinators() {
	local a kind
	for kind in 0 1; do
		read -ra a <<<"$(ask "$(client_port 1)" '\0\0\0\x0e\0\x0a\0\x01\0\0\0\x03\xff\xff\0\x01x\00'"$kind")"
		((${#a[@]} > 9 && a[8] == 0 && a[9] == 0)) || return 1
	done
}
wait_ready() { # NODE WANTED: node answers and knows at least WANTED live brokers
	local end=$((SECONDS + wait_s)) seen
	until seen=$(brokers_seen "$1") && ((seen >= $2)); do
		pid_of "$1" >/dev/null || { tail -n 20 "$dir/node$1/log" >&2; die "node $1 ended while starting"; }
		((SECONDS < end)) || die "node $1 not ready after $wait_s s, see $dir/node$1/log"
		sleep 0.1
	done
}

configure() { # N
	local n=$1 i voters="" rf=$nodes isr=1 here there proxy=""
	((nodes > 1)) && isr=2
	for ((i = 1; i <= nodes; i++)); do voters+=,$i@127.0.0.1:$((port + 99 + i)); done
	here=CLIENT://127.0.0.1:$(client_port "$n") there=$here
	if [[ -n ${KAFKA_PROXY:-} ]]; then
		here+=,PROXY://127.0.0.1:$((KAFKA_PROXY + n - 1)) there+=,PROXY://127.0.0.1:$((KAFKA_PROXY + n + 9))
		proxy=,PROXY:PLAINTEXT
	fi
	mkdir -p "$dir/node$n"
	cat >"$dir/node$n/server.properties" <<CONF
process.roles=broker,controller
node.id=$n
controller.quorum.voters=${voters:1}
controller.listener.names=CONTROLLER
listeners=$here,CONTROLLER://127.0.0.1:$((port + 99 + n))
advertised.listeners=$there
listener.security.protocol.map=CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT$proxy
inter.broker.listener.name=CLIENT
log.dirs=$dir/node$n/data
default.replication.factor=$rf
min.insync.replicas=$isr
offsets.topic.replication.factor=$rf
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=$rf
transaction.state.log.min.isr=$isr
transaction.state.log.num.partitions=8
share.coordinator.state.topic.replication.factor=$rf
share.coordinator.state.topic.min.isr=$isr
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
log.cleaner.dedupe.buffer.size=4194304
${KAFKA_PROPS:-}
CONF
}

spawn() { # N
	local n=$1 pin=() d=$dir/node$1
	pid_of "$n" >/dev/null && die "node $n is running"
	[[ -n ${KAFKA_CPUS:-} ]] && pin=(taskset -c "$KAFKA_CPUS")
	# shellcheck disable=SC2086
	setsid "${pin[@]}" "$java" -Xms"${KAFKA_HEAP:-512m}" -Xmx"${KAFKA_HEAP:-512m}" -Djava.awt.headless=true \
		-Dorg.slf4j.simpleLogger.defaultLogLevel="${KAFKA_LOG:-warn}" -Dorg.slf4j.simpleLogger.showDateTime=true \
		'-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS' ${KAFKA_JVM:-} \
		-cp "$cache/$version/libs/*" kafka.Kafka "$d/server.properties" >>"$d/log" 2>&1 </dev/null 9>&- &
	echo "$! $(born $!)" >"$d/pid"
	disown
}

signal() { # SIGNAL N
	local pid
	pid=$(pid_of "$2") || die "node $2 is not running"
	kill -"$1" "$pid"
}
gone() { # N SECONDS
	local end=$((SECONDS + $2))
	while pid_of "$1" >/dev/null; do ((SECONDS < end)) || return 1; sleep 0.05; done
}

up() { # NODES
	nodes=$1
	[[ $nodes == 1 || $nodes == 3 ]] || die "1 or 3 nodes, not $nodes"
	[[ -e $dir/cluster ]] && die "a cluster is already in $dir: run down first"
	"$java" -version >/dev/null 2>&1 || die "java not found"
	fetch "$version"
	local i p jobs=() id
	for ((i = 1; i <= nodes; i++)); do
		for p in $(client_port "$i") $((port + 99 + i)); do
			(exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null && die "port $p is taken: set KAFKA_PORT"
		done
	done
	id=$(head -c 16 /dev/urandom | base64 | tr '+/' 'Aa' | tr -d =)
	echo "$nodes $version $port" >"$dir/cluster"
	for ((i = 1; i <= nodes; i++)); do
		configure "$i"
		"$java" -Xmx128m -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=error -cp "$cache/$version/libs/*" \
			kafka.tools.StorageTool format -t "$id" -c "$dir/node$i/server.properties" >"$dir/node$i/format.log" 2>&1 9>&- &
		jobs+=($!)
	done
	for ((i = 1; i <= nodes; i++)); do
		wait "${jobs[i - 1]}" || { cat "$dir/node$i/format.log" >&2; die "format of node $i failed"; }
	done
	for ((i = 1; i <= nodes; i++)); do spawn "$i"; done
	for ((i = 1; i <= nodes; i++)); do wait_ready "$i" "$nodes"; done
	local end=$((SECONDS + wait_s))
	until coordinators; do
		((SECONDS < end)) || die "no coordinators after $wait_s s"
		sleep 0.1
	done
	bootstrap
}

down() {
	[[ -e $dir/cluster ]] || { say "no cluster in $dir"; return; }
	load
	local i pid
	for ((i = 1; i <= nodes; i++)); do
		if pid=$(pid_of "$i"); then kill -CONT "$pid"; kill -TERM "$pid"; fi
	done
	# Controlled shutdown of the last nodes of a quorum cannot finish: give it a moment only.
	for ((i = 1; i <= nodes; i++)); do
		gone "$i" 3 || signal KILL "$i" || true
		gone "$i" 10 || die "node $i does not end"
	done
	rm -rf "$dir"/node[123] "$dir/cluster"
}

# Without controlled shutdown: for data that nobody needs any more.
destroy() {
	[[ -e $dir/cluster ]] || return 0
	load
	local i
	for ((i = 1; i <= nodes; i++)); do pid_of "$i" >/dev/null && signal KILL "$i"; done
	for ((i = 1; i <= nodes; i++)); do gone "$i" 10 || die "node $i does not end"; done
	rm -rf "$dir"/node[123] "$dir/cluster"
}

# A run holds a lock on DIR/guard for as long as it lives, and its nodes do not inherit it. So a guard file that can be
# locked belongs to a run that was killed, whatever became of its process id.
sweep() {
	local g
	for g in "${dir%/*}"/*/guard; do
		[[ -s $g ]] || continue
		(
			flock -n 6 || exit 0
			say "cleaning up ${g%/guard}"
			KAFKA_DIR=${g%/guard} "$BASH" "$self" destroy 6>&-
			rm -rf "${g%/guard}"
		) 6<"$g" || true
	done
}

run() {
	# Handlers, not "ignore", which the nodes would inherit: they could then not be stopped.
	trap : HUP INT QUIT TERM
	exec 7>>"$dir/guard"
	flock 7
	echo $$ >&7
	sweep 7>&-
	"$BASH" "$self" up "$@" 7>&- || echo failed || true
	cat >/dev/null
	"$BASH" "$self" destroy 7>&-
	rm -rf "$dir"
}

status() {
	load
	local i pid seen rss s all=0
	for ((i = 1; i <= nodes; i++)); do
		if pid=$(pid_of "$i"); then
			rss=$(awk '/^VmRSS/ {print int($2 / 1024)}' "/proc/$pid/status")
			if seen=$(brokers_seen "$i") && ((seen > 0)); then s="ready, sees $seen"; else s="not answering" all=1; fi
			echo "node $i 127.0.0.1:$(client_port "$i") pid $pid rss ${rss} MiB $s"
		else
			echo "node $i 127.0.0.1:$(client_port "$i") down"
			all=1
		fi
	done
	return $all
}

node_arg() { [[ ${1:-} =~ ^[1-3]$ ]] && (($1 <= nodes)) || die "which node? 1 to $nodes"; }

cmd=${1:-}
[[ -n $cmd ]] && shift
case $cmd in
up | down | destroy | kill | stop | start | pause | resume)
	mkdir -p "$dir"
	exec 9>"$dir/lock"
	flock -w 120 9 || die "another kafka.sh is at work in $dir"
	;;
esac
case $cmd in
up) version=${2:-$version}; up "${1:-1}" ;;
down) down ;;
destroy) destroy ;;
run) mkdir -p "$dir"; run "$@" ;;
kill) load; node_arg "$@"; signal KILL "$1"; gone "$1" 10 || die "node $1 does not end" ;;
stop) load; node_arg "$@"; signal TERM "$1"; gone "$1" 60 || die "node $1 does not end" ;;
pause) load; node_arg "$@"; signal STOP "$1" ;;
resume) load; node_arg "$@"; signal CONT "$1" ;;
start) load; node_arg "$@"; fetch "$version"; spawn "$1"; wait_ready "$1" 1 ;;
status) status ;;
bootstrap) load; bootstrap ;;
fetch) fetch "${1:-$version}" ;;
*) usage >&2; exit 2 ;;
esac
