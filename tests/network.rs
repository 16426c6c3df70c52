//! The network plugin's settings, kube-proxy's place and DNS: against published tables, a simulation of its own, and what was written.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Outcome, files, plan, read, root};
use plimsoll::plan::Plan;
use plimsoll::quantity::{Bytes, Minor};
use plimsoll::rules::cluster::cni::aws::holding::{Targets, holding};
use plimsoll::rules::cluster::cni::cilium;
use serde_json::{Value, json};

/// Free addresses, addresses in all, interfaces: what ipamd's loop ends with when pods come one by one.
///
/// Written after the plugin's documents, not after the planner: the pool is looked at after every pod and grows by what its
/// target says, an interface at a time, until it is no longer too low.
fn simulated(pods: i64, count: i64, each: i64, targets: &Targets) -> (i64, i64) {
    let (mut interfaces, mut addresses, mut used) = (0, 0, 0);
    let per_interface = |t: &Targets| match t {
        Targets::Prefixes(_) | Targets::Addresses { prefixes: true, .. } => each * 16,
        _ => each,
    };
    let room = per_interface(targets);
    loop {
        loop {
            let free = addresses - used;
            let grow = match *targets {
                Targets::Interfaces(warm) if free < warm * each || (warm == 0 && free == 0) => each,
                Targets::Prefixes(warm) if free < warm * 16 => 16,
                Targets::Addresses { warm, least, prefixes } => {
                    let lacking = (warm - free).max(least - addresses).max(0);
                    if prefixes && lacking > 0 { 16 } else { lacking.min(1) }
                }
                _ => 0,
            };
            if grow == 0 || addresses + grow > count * room {
                break;
            }
            addresses += grow;
            while interfaces * room < addresses {
                interfaces += 1;
            }
        }
        interfaces = interfaces.max(1);
        if used >= pods || used >= count * room {
            return (interfaces, addresses);
        }
        used += 1;
    }
}

#[test]
fn nodes_hold_what_the_plugins_own_tables_say() {
    let addresses = |warm, least| Targets::Addresses { warm, least, prefixes: false };
    let in_prefixes = |warm, least| Targets::Addresses { warm, least, prefixes: true };
    // docs/eni-and-ip-target.md: t3.small has 3 interfaces of 4 addresses, p3dn.24xlarge 15 of 50; interfaces, secondary addresses.
    for (targets, count, each, pods, interfaces, secondary) in [
        (Targets::Interfaces(1), 3, 3, 0, 1, 3),
        (Targets::Interfaces(1), 3, 3, 5, 3, 9),
        (Targets::Interfaces(1), 3, 3, 9, 3, 9),
        (addresses(1, 1), 3, 3, 0, 1, 1),
        (addresses(1, 1), 3, 3, 5, 2, 6),
        (addresses(1, 1), 3, 3, 9, 3, 9),
        (addresses(2, 5), 3, 3, 0, 2, 5),
        (addresses(2, 5), 3, 3, 5, 3, 7),
        (Targets::Interfaces(1), 15, 49, 0, 1, 49),
        (Targets::Interfaces(1), 15, 49, 3, 2, 98),
        (Targets::Interfaces(1), 15, 49, 95, 3, 147),
        (addresses(5, 10), 15, 49, 0, 1, 10),
        (addresses(5, 10), 15, 49, 7, 1, 12),
        (addresses(5, 10), 15, 49, 15, 1, 20),
        (addresses(5, 10), 15, 49, 45, 2, 50),
        // docs/prefix-and-ip-target.md, with prefixes of 16.
        (Targets::Prefixes(1), 3, 3, 0, 1, 16),
        (Targets::Prefixes(1), 3, 3, 5, 1, 32),
        (Targets::Prefixes(1), 3, 3, 16, 1, 32),
        (Targets::Prefixes(1), 3, 3, 17, 1, 48),
        (Targets::Prefixes(1), 3, 3, 58, 2, 80),
        (in_prefixes(1, 1), 3, 3, 5, 1, 16),
        (in_prefixes(1, 1), 3, 3, 17, 1, 32),
        (in_prefixes(1, 1), 3, 3, 58, 2, 64),
        (in_prefixes(7, 20), 3, 3, 5, 1, 32),
        (in_prefixes(7, 20), 3, 3, 58, 2, 80),
        (in_prefixes(5, 10), 15, 49, 15, 1, 32),
    ] {
        let held = holding(pods, count, each, &targets);
        assert_eq!(
            (held.interfaces, held.addresses - held.interfaces),
            (interfaces, secondary),
            "{targets:?}, {pods} pods"
        );
    }
}

#[test]
fn nodes_hold_what_a_simulation_of_the_plugin_ends_with() {
    for (count, each) in [(1, 1), (2, 5), (3, 3), (3, 9), (4, 14), (8, 29)] {
        for pods in 0..=count * each {
            for warm in 0..4 {
                let mut all = vec![Targets::Interfaces(warm)];
                for least in [0, 1, 7, 30] {
                    all.push(Targets::Addresses { warm: warm + 1, least, prefixes: false });
                    all.push(Targets::Addresses { warm: warm + 1, least, prefixes: true });
                }
                all.push(Targets::Prefixes(warm + 1));
                for targets in all {
                    let held = holding(pods, count, each, &targets);
                    let (interfaces, addresses) = simulated(pods, count, each, &targets);
                    // Without a warm interface the last pod finds a free address only if one is kept for it.
                    if matches!(targets, Targets::Interfaces(0)) {
                        assert!(held.addresses - held.interfaces >= addresses, "{targets:?} {pods} {count}×{each}");
                        continue;
                    }
                    let ours = (held.interfaces, held.addresses - held.interfaces);
                    assert_eq!(ours, (interfaces, addresses), "{targets:?}, {pods} pods on {count} × {each}");
                }
            }
        }
    }
}

#[test]
fn tables_of_cilium_keep_its_rules() {
    for need in [0, 1, 131_072, 131_073, 400_000, 1_048_576, 9_000_000, 16_777_216] {
        let [tcp, any, nat] = cilium::tables(need);
        assert!(tcp >= need && tcp >= 131_072 && tcp.count_ones() == 1, "{need}: {tcp}");
        assert!(tcp == 131_072 || tcp < 2 * need, "{need}: {tcp} is more than twice");
        assert_eq!(any * 2, tcp);
        assert_eq!(nat, (tcp + any) * 2 / 3);
        assert!(nat <= tcp + any, "the agent does not start");
    }
    // 524288 + 262144 entries of 48 + 16 + 56 bytes with a bucket of 16, 524288 translations of 48 + 16 + 40 with theirs.
    assert_eq!(cilium::table_bytes([524_288, 262_144, 524_288, 0]), Bytes(786_432 * 136 + 524_288 * 120));
}

const CLASS: &str = r#"
[node-class.web]
count = 10
os = { kernel = "6.8" }
hardware = { cpus = 16, memory = "63Gi" }
workload = [
    { name = "agent", count = 1, host-network = true, cpu = "100m", memory = "1Gi" },
    { name = "services", share = 1.0, cpu = "100m", memory = "512Mi", connections = 3000 },
]
"#;

fn cluster(cni: &str, rest: &str) -> String {
    format!(
        "[cluster]\nname = \"net\"\nkubernetes = \"1.34\"\ncni = \"{cni}\"\npod-cidrs = [\"10.0.0.0/14\"]\nservice-cidrs = [\"10.96.0.0/16\"]\n{rest}\n{CLASS}"
    )
}

fn shared(plan: &Plan, name: &str) -> Value {
    plan.shared.get(name).unwrap_or_else(|| panic!("{name} is not planned")).value.clone()
}

fn file(plan: &Plan, path: &str) -> String {
    let all = files(plan);
    let bytes = all.get(path).unwrap_or_else(|| panic!("no {path} among {:?}", all.keys().collect::<Vec<_>>()));
    String::from_utf8(bytes.clone()).unwrap()
}

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap_or_else(|e| panic!("{e}\n{text}"))
}

fn ids(plan: &Plan) -> Vec<&str> {
    plan.findings.iter().map(|f| f.id).collect()
}

#[test]
fn cilium_in_kube_proxys_place_leaves_no_kube_proxy() {
    let plan = plan(&cluster("cilium", "network = { kube-proxy-replacement = true, mtu = 9000 }")).plan();
    assert!(plan.all_values().all(|(_, name, _)| !name.starts_with("kube-proxy/")));
    assert!(files(&plan).keys().all(|path| !path.contains("kube-proxy")));
    let values = yaml(&file(&plan, "cluster/cni/cilium.yaml"));
    assert_eq!(values["kubeProxyReplacement"], "true");
    assert_eq!(values["ipam"], json!({ "mode": "kubernetes" }));
    // The agent takes its tunnel's bytes off by itself.
    assert_eq!(values["MTU"], 9000);
    let bpf = |key: &str| values["bpf"][key].as_i64().unwrap();
    assert!(bpf("ctTcpMax") >= 3000 * 100, "{values}");
    assert_eq!(bpf("neighMax"), bpf("natMax"));
    assert!(!ids(&plan).contains(&"cilium-tables-uncounted"), "the agent's gibibyte holds the tables");
    let small = cluster("cilium", "").replace("memory = \"1Gi\"", "memory = \"10Mi\"");
    assert!(ids(&common::plan(&small).plan()).contains(&"cilium-tables-uncounted"));
}

#[test]
fn one_of_two_gives_nodes_their_ranges() {
    let own = plan(&cluster("cilium", "network = { ipam = \"cluster-pool\" }")).plan();
    let values = yaml(&file(&own, "cluster/cni/cilium.yaml"));
    assert_eq!(own.control_plane["kube-controller-manager/allocate-node-cidrs"].value, false);
    assert!(!own.control_plane.contains_key("kube-controller-manager/node-cidr-mask-size"));
    let given = plan(&cluster("cilium", "")).plan();
    assert_eq!(given.control_plane["kube-controller-manager/allocate-node-cidrs"].value, true);
    let mask = &given.control_plane["kube-controller-manager/node-cidr-mask-size"].value;
    assert_eq!(values["ipam"]["operator"]["clusterPoolIPv4MaskSize"], *mask);
    assert_eq!(values["ipam"]["operator"]["clusterPoolIPv4PodCIDRList"], json!(["10.0.0.0/14"]));
}

#[test]
fn what_goes_around_a_packet_comes_off_the_mtu() {
    for (way, cidr, mtu) in [
        ("vxlan", "10.0.0.0/14", 1450),
        ("ipip", "10.0.0.0/14", 1480),
        ("wireguard", "10.0.0.0/14", 1440),
        ("none", "10.0.0.0/14", 1500),
        ("vxlan", "fd00::/48", 1430),
        ("wireguard", "fd00::/48", 1420),
    ] {
        let spec = cluster("calico", &format!("network = {{ mtu = 1500, encapsulation = \"{way}\" }}"));
        let spec = spec.replace("10.0.0.0/14", cidr).replace("service-cidrs = [\"10.96.0.0/16\"]\n", "");
        assert_eq!(shared(&plan(&spec).plan(), "cni/calico.mtu"), mtu, "{way} over {cidr}");
    }
}

#[test]
fn calicos_pool_is_written_as_its_object() {
    let spec =
        cluster("calico", "network = { encapsulation = \"vxlan\", cross-subnet = true, mtu = 1500, block-size = 27 }");
    let text = file(&plan(&spec).plan(), "cluster/cni/calico.yaml");
    let documents: Vec<Value> = text.split("---\n").map(yaml).collect();
    assert_eq!(documents.len(), 2);
    assert_eq!(documents[0]["kind"], "IPPool");
    let pool = json!({ "blockSize": 27, "cidr": "10.0.0.0/14", "ipipMode": "Never", "natOutgoing": true, "vxlanMode": "CrossSubnet" });
    assert_eq!(documents[0]["spec"], pool);
    assert_eq!(documents[1]["spec"], json!({ "calicoNetwork": { "mtu": 1450 } }));
}

/// Ten nodes share 512 addresses: blocks of 64 would leave two of them without.
#[test]
fn blocks_shrink_until_every_node_has_one() {
    let spec = cluster("calico", "").replace("10.0.0.0/14", "10.0.0.0/23");
    let plan = plan(&spec).plan();
    assert_eq!(shared(&plan, "cni/calico.blockSize"), 27);
    // One of its addresses is the tunnel's; the agent is on the host's network.
    assert_eq!(plan.classes["web"].pods, 32);
}

#[test]
fn flannel_gets_the_cluster_range_and_no_mask_of_its_own() {
    let plan =
        plan(&cluster("flannel", "network = { encapsulation = \"vxlan\", cross-subnet = true, mtu = 9000 }")).plan();
    let map = yaml(&file(&plan, "cluster/cni/flannel.yaml"));
    let conf: Value = serde_json::from_str(map["data"]["net-conf.json"].as_str().unwrap()).unwrap();
    assert_eq!(
        conf,
        json!({ "Network": "10.0.0.0/14", "Backend": { "Type": "vxlan", "DirectRouting": true, "MTU": 9000 } })
    );
}

fn aws(free: i64, network: &str) -> String {
    format!(
        "[cluster]\nname = \"net\"\nkubernetes = \"1.34\"\ncni = \"aws-vpc\"\n[[cluster.network.subnets]]\nname = \"a\"\nfree = {free}\n\
         [node-class.web]\ncount = 10\nos = {{ kernel = \"6.1\" }}\nhardware = {{ cpus = 4, memory = \"15Gi\", network = {{ enis = 4, ipv4-per-eni = 15{network} }} }}\n\
         workload = [{{ name = \"s\", share = 1.0, cpu = \"100m\", memory = \"256Mi\" }}]\n[node-class.web.pin]\n\"kubelet/maxPods\" = 30\n"
    )
}

/// Thirty pods: 4 interfaces of 14 hold 60 with their own addresses; with two warm addresses, 32 on 3 interfaces are 35.
#[test]
fn subnets_decide_which_warm_target_counts() {
    let roomy = plan(&aws(600, "")).plan();
    assert_eq!(shared(&roomy, "cni/aws-vpc.WARM_ENI_TARGET"), 1);
    assert!(!roomy.shared.contains_key("cni/aws-vpc.WARM_IP_TARGET"));
    let tight = plan(&aws(599, "")).plan();
    assert_eq!(shared(&tight, "cni/aws-vpc.WARM_IP_TARGET"), 2);
    assert_eq!(shared(&tight, "cni/aws-vpc.MINIMUM_IP_TARGET"), 32);
    assert!(!tight.shared.contains_key("cni/aws-vpc.WARM_ENI_TARGET"), "what is not read is not set");
    let patch = yaml(&file(&tight, "cluster/cni/aws-vpc.yaml"));
    let container = &patch["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(container["name"], "aws-node");
    let env: Vec<(&str, &str)> = container["env"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (e["name"].as_str().unwrap(), e["value"].as_str().expect("a variable is a text")))
        .collect();
    assert!(env.contains(&("WARM_IP_TARGET", "2")) && env.contains(&("ENABLE_PREFIX_DELEGATION", "false")), "{env:?}");
    assert!(matches!(plan(&aws(350, "")), Outcome::Fits(_)));
    let Outcome::Unfit(list) = plan(&aws(349, "")) else { panic!("349 addresses are one too few") };
    assert!(list[0].message.contains("350") && list[0].message.contains("349"), "{}", list[0].message);
}

/// Thirty pods in prefixes: 2 + 1 of 16 and one interface are 49; with two warm addresses 2 of 16 are 33.
#[test]
fn prefixes_are_whole_blocks_of_the_subnet() {
    let mode = ", prefix-delegation = true";
    let roomy = plan(&aws(490 + 16, mode)).plan();
    assert_eq!(shared(&roomy, "cni/aws-vpc.WARM_PREFIX_TARGET"), 1);
    assert_eq!(shared(&roomy, "cni/aws-vpc.ENABLE_PREFIX_DELEGATION"), true);
    let tight = plan(&aws(480, mode)).plan();
    assert_eq!(shared(&tight, "cni/aws-vpc.WARM_IP_TARGET"), 2);
}

#[test]
fn strict_arp_goes_with_ipvs_alone() {
    let layer2 = "network = { load-balancer = \"metallb-l2\" }";
    let today = plan(&cluster("flannel", layer2)).plan();
    assert_eq!(shared(&today, "kube-proxy/mode"), "nftables");
    assert_eq!(shared(&today, "kube-proxy/ipvs.strictARP"), false);
    let asked = plan(&(cluster("flannel", layer2) + "[pin]\n\"kube-proxy/mode\" = \"ipvs\"\n")).plan();
    assert_eq!(shared(&asked, "kube-proxy/ipvs.strictARP"), true);
    assert!(!plan(&cluster("flannel", "")).plan().shared.contains_key("kube-proxy/ipvs.strictARP"));
}

#[test]
fn dns_follows_size_and_rate() {
    let by_size = plan(&cluster("flannel", "")).plan();
    let map = yaml(&file(&by_size, "cluster/dns/coredns-autoscaler.yaml"));
    let linear: Value = serde_json::from_str(map["data"]["linear"].as_str().unwrap()).unwrap();
    let own = json!({ "coresPerReplica": 256, "includeUnschedulableNodes": true, "min": 1, "nodesPerReplica": 16, "preventSinglePointFailure": true });
    assert_eq!(linear, own);
    // 6733 queries a replica, as published: 40000 need six.
    let by_rate = plan(&cluster("flannel", "dns = { queries-per-second = 40000 }")).plan();
    assert_eq!(shared(&by_rate, "coredns/autoscaler.min"), 6);
    assert_eq!(shared(&by_size, "coredns/resources.limits.memory"), "170Mi");
    // (100000 services + at most a few thousand pods) / 1000 + 54 MB, and a quarter of room.
    let many = plan(&cluster("flannel", "services = 100000")).plan();
    let limit = Bytes::parse(shared(&many, "coredns/resources.limits.memory").as_str().unwrap()).unwrap();
    assert!(limit.0 > 154_000_000 * 5 / 4 && limit.0 < 175_000_000 * 5 / 4, "{limit}");
    let patch = yaml(&file(&many, "cluster/dns/coredns.yaml"));
    assert_eq!(patch["spec"]["template"]["spec"]["containers"][0]["name"], "coredns");
}

#[test]
fn a_nodes_cache_takes_the_service_address_over_beside_iptables_only() {
    let spec = cluster("flannel", "dns = { node-local = true }");
    let nftables = plan(&spec).plan();
    assert_eq!(shared(&nftables, "coredns/node-local.bind"), json!(["169.254.20.10"]));
    assert!(ids(&nftables).contains(&"node-local-cluster-dns"));
    let iptables = plan(&spec.replace("kernel = \"6.8\"", "kernel = \"5.4\"")).plan();
    assert_eq!(shared(&iptables, "coredns/node-local.bind"), json!(["169.254.20.10", "10.96.0.10"]));
    assert!(!ids(&iptables).contains(&"node-local-cluster-dns"));
    let map = yaml(&file(&iptables, "cluster/dns/node-local-dns.yaml"));
    let corefile = map["data"]["Corefile"].as_str().unwrap();
    assert_eq!(corefile.matches("bind 169.254.20.10 10.96.0.10\n").count(), 4, "{corefile}");
    assert!(
        corefile.starts_with("cluster.local:53 {\n") && corefile.matches('{').count() == corefile.matches('}').count()
    );
    assert!(!corefile.contains("__PILLAR__LOCAL") && !corefile.contains("__PILLAR__DNS"), "{corefile}");
}

/// Published scenario "bare-metal services with MetalLB": nftables where kernel and version allow, else iptables; never ipvs.
#[test]
fn the_metallb_scenario_departs_from_ipvs() {
    let text = read(root().join("examples/scenarios/metallb.toml"));
    for (minor, mode) in [("1.25", json!("iptables")), ("1.37", json!("nftables"))] {
        assert!(Minor::parse(minor).is_some());
        let plan = plan(&text.replace("\"1.34\"", &format!("\"{minor}\""))).plan();
        assert_eq!(shared(&plan, "kube-proxy/mode"), mode, "{minor}");
        assert_eq!(shared(&plan, "kube-proxy/ipvs.strictARP"), false, "{minor}");
    }
}
