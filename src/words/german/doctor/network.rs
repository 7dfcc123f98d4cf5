//! What the doctor says of what connects guests and this computer.

use crate::words::Row;

pub(super) const ROWS: &[Row] = &[
    ("heartbeats of VM '{vm}' arrive", "Lebenszeichen der VM '{vm}' kommen an"),
    (
        "heartbeats from {bridge} to port {port} are stopped: {rule}",
        "Lebenszeichen von {bridge} an Port {port} werden aufgehalten: {rule}",
    ),
    (
        "the API answers who asks from {bridge}, as guests do",
        "die API antwortet dem, der wie ein Gast von {bridge} aus fragt",
    ),
    (
        "it depends on a rule that is not understood: {rule}",
        "es hängt von einer Regel ab, die nicht verstanden wird: {rule}",
    ),
    ("firewalls let heartbeats from {bridge} pass", "Firewalls lassen Lebenszeichen von {bridge} durch"),
    ("let them pass with ufw", "sie mit ufw durchlassen"),
    (
        "put the bridge into firewalld's zone 'libvirt', as libvirt does where firewalld runs before it, and let them pass there",
        "die Bridge in die Zone 'libvirt' von firewalld legen, wie libvirt es tut, wenn firewalld vor ihm läuft, und sie dort durchlassen",
    ),
    ("let them pass with firewalld", "sie mit firewalld durchlassen"),
    (
        "let them pass, until the computer is started anew; keep it with the package iptables-persistent",
        "sie durchlassen, bis der Rechner neu startet; auf Dauer mit dem Paket iptables-persistent",
    ),
    (
        "let them pass, until the rules are loaded anew; keep it in /etc/nftables.conf",
        "sie durchlassen, bis die Regeln neu geladen werden; auf Dauer in /etc/nftables.conf",
    ),
    (
        "the API answers at {address} who asks from {bridge}, as guests do",
        "die API antwortet unter {address} dem, der wie ein Gast von {bridge} aus fragt",
    ),
    (
        "who asks at {address} from {bridge}, as guests do, is turned away: nothing listens there, or a firewall says so",
        "wer wie ein Gast von {bridge} aus unter {address} fragt, wird abgewiesen: dort hört nichts zu, oder eine Firewall will es so",
    ),
    (
        "see 'listen' in vitrine.toml, and the firewall's rules for {bridge}",
        "'listen' in vitrine.toml und die Regeln der Firewall für {bridge} ansehen",
    ),
    (
        "who asks at {address} from {bridge}, as guests do, gets no answer",
        "wer wie ein Gast von {bridge} aus unter {address} fragt, bekommt keine Antwort",
    ),
    (
        "see the firewall's rules for {bridge}: what it drops is not answered",
        "die Regeln der Firewall für {bridge} ansehen: was sie verwirft, bleibt ohne Antwort",
    ),
    (
        "firewalls let questions from {bridge} to port {port} pass",
        "Firewalls lassen Fragen von {bridge} an Port {port} durch",
    ),
    (
        "questions from {bridge} to port {port} are stopped: {rule}",
        "Fragen von {bridge} an Port {port} werden aufgehalten: {rule}",
    ),
    ("libvirt has the network '{network}'", "libvirt hat das Netz '{network}'"),
    (
        "VM '{vm}' is in the network '{network}', and libvirt has no network",
        "die VM '{vm}' ist im Netz '{network}', und libvirt hat gar kein Netz",
    ),
    (
        "VM '{vm}' is in the network '{network}', and libvirt has only '{there}'",
        "die VM '{vm}' ist im Netz '{network}', und libvirt hat nur '{there}'",
    ),
    (
        "define libvirt's usual network anew, and start it",
        "das übliche Netz von libvirt neu anlegen und starten",
    ),
    (
        "name another network in the VM's definition, and make its snapshot anew",
        "in der Definition der VM ein anderes Netz nennen und ihren Snapshot neu machen",
    ),
    ("the network '{network}' is there", "das Netz '{network}' ist da"),
    (
        "the network '{network}' is not active; VM '{vm}' does not start without it",
        "das Netz '{network}' ist nicht aktiv; ohne es startet die VM '{vm}' nicht",
    ),
    (
        "mend first what keeps the network from starting; then start it",
        "erst beheben, was das Netz vom Start abhält; dann es starten",
    ),
    ("start the network", "das Netz starten"),
    ("the network '{network}' starts with libvirt", "das Netz '{network}' startet mit libvirt"),
    (
        "the network '{network}' of VM '{vms}' does not start by itself: after the next start of the computer they do not start",
        "das Netz '{network}' der VM '{vms}' startet nicht von selbst: nach dem nächsten Start des Rechners starten sie nicht",
    ),
    ("have it started with libvirt", "es mit libvirt starten lassen"),
    (
        "nobody else has the addresses of the network '{network}' ({addresses})",
        "niemand sonst hat die Adressen des Netzes '{network}' ({addresses})",
    ),
    (
        "give libvirt's network other addresses, such as 192.168.222.1, and guests and 'listen' with it",
        "dem Netz von libvirt andere Adressen geben, etwa 192.168.222.1, und mit ihm den Gästen und 'listen'",
    ),
    (
        "the network '{network}' ({addresses}) has the addresses of {to}, which is behind {device}: what is there cannot be reached, and the network does not start again",
        "das Netz '{network}' ({addresses}) hat die Adressen von {to} hinter {device}: was dort ist, ist nicht erreichbar, und das Netz startet nicht noch einmal",
    ),
    (
        "the network '{network}' ({addresses}) cannot start: {to} behind {device} has the same addresses",
        "das Netz '{network}' ({addresses}) kann nicht starten: {to} hinter {device} hat dieselben Adressen",
    ),
    ("port 53 is free for the network '{network}'", "Port 53 ist für das Netz '{network}' frei"),
    (
        "the network '{network}' cannot start: another name server has port 53 at {address}",
        "das Netz '{network}' kann nicht starten: ein anderer Namensdienst belegt Port 53 unter {address}",
    ),
    (
        "have that name server (bind, dnsmasq, unbound) listen at its own addresses only, for dnsmasq with bind-interfaces",
        "diesen Namensdienst (bind, dnsmasq, unbound) nur an seinen eigenen Adressen lauschen lassen, bei dnsmasq mit bind-interfaces",
    ),
    ("dnsmasq serves the network '{network}'", "dnsmasq bedient das Netz '{network}'"),
    (
        "no dnsmasq runs for the network '{network}': guests get no address and no names",
        "für das Netz '{network}' läuft kein dnsmasq: Gäste bekommen weder Adresse noch Namen",
    ),
    (
        "have libvirt start it again; guests are not touched",
        "es von libvirt wieder starten lassen; Gäste berührt das nicht",
    ),
    (
        "all {room} addresses of the network '{network}' are given away",
        "alle {room} Adressen des Netzes '{network}' sind vergeben",
    ),
    (
        "{given} of {room} addresses of the network '{network}' are given away",
        "{given} von {room} Adressen des Netzes '{network}' sind vergeben",
    ),
    (
        "widen the range of its DHCP, and start the network anew in a quiet hour",
        "den Bereich seines DHCP erweitern und das Netz in einer ruhigen Stunde neu starten",
    ),
    (
        "the network '{network}' has no name server (dns enable='no'): guests that ask it for names get none",
        "das Netz '{network}' hat keinen Namensdienst (dns enable='no'): Gäste, die ihn nach Namen fragen, bekommen keine",
    ),
    (
        "where artworks need names, take that line out and start the network anew in a quiet hour",
        "wo Werke Namen brauchen, diese Zeile herausnehmen und das Netz in einer ruhigen Stunde neu starten",
    ),
    (
        "the name server at {address} does not answer: guests cannot resolve names",
        "der Namensdienst unter {address} antwortet nicht: Gäste können keine Namen auflösen",
    ),
    ("the name server at {address} answers", "der Namensdienst unter {address} antwortet"),
    (
        "the network '{network}' leads nowhere: the guest of VM '{vm}' reaches this computer alone",
        "das Netz '{network}' führt nirgendwohin: der Gast der VM '{vm}' erreicht nur diesen Rechner",
    ),
    ("the network '{network}' leads to the world", "das Netz '{network}' führt nach außen"),
    ("this computer passes guests' packets on", "dieser Rechner leitet Pakete der Gäste weiter"),
    (
        "this computer passes no packets on (net.ipv4.ip_forward = 0): guests in the network '{network}' do not reach the world",
        "dieser Rechner leitet keine Pakete weiter (net.ipv4.ip_forward = 0): Gäste im Netz '{network}' kommen nicht nach außen",
    ),
    (
        "have it pass them on; after a start of the computer libvirt does so with its network",
        "ihn weiterleiten lassen; nach einem Start des Rechners tut libvirt das mit seinem Netz",
    ),
    (
        "no rule gives packets of the network '{network}' this computer's address: guests do not reach the world",
        "keine Regel gibt Paketen des Netzes '{network}' die Adresse dieses Rechners: Gäste kommen nicht nach außen",
    ),
    (
        "have libvirt write its rules anew; guests are not touched",
        "libvirt seine Regeln neu schreiben lassen; Gäste berührt das nicht",
    ),
    (
        "packets of the network '{network}' leave under this computer's address",
        "Pakete des Netzes '{network}' gehen unter der Adresse dieses Rechners hinaus",
    ),
    (
        "firewalls let guests of the network '{network}' out",
        "Firewalls lassen Gäste des Netzes '{network}' hinaus",
    ),
    (
        "guests of the network '{network}' are not let out: {rule}",
        "Gäste des Netzes '{network}' werden nicht hinausgelassen: {rule}",
    ),
    ("let them out with ufw", "sie mit ufw hinauslassen"),
    ("let them out with firewalld", "sie mit firewalld hinauslassen"),
    (
        "let them pass, and write the same into /etc/nftables.conf",
        "sie durchlassen und dasselbe in /etc/nftables.conf schreiben",
    ),
    ("this computer reaches the world by {device}", "dieser Rechner kommt über {device} nach außen"),
    (
        "this computer has no way to the world, nor have guests in the network '{network}'",
        "dieser Rechner hat keinen Weg nach außen, und Gäste im Netz '{network}' auch nicht",
    ),
    (
        "plug its network in, where artworks need the internet",
        "sein Netz anschließen, wo Werke das Internet brauchen",
    ),
    ("the bridge {bridge} of VM '{vm}' is not there", "die Bridge {bridge} der VM '{vm}' ist nicht da"),
    ("start the network anew, then the VMs in it", "das Netz neu starten, dann die VMs darin"),
    (
        "make the bridge {bridge} (NetworkManager, netplan, /etc/network/interfaces), or put the VM into a network of libvirt's",
        "die Bridge {bridge} anlegen (NetworkManager, netplan, /etc/network/interfaces) oder die VM in ein Netz von libvirt hängen",
    ),
    (
        "the bridge {bridge} of VM '{vm}' is switched off",
        "die Bridge {bridge} der VM '{vm}' ist abgeschaltet",
    ),
    ("switch the bridge on", "die Bridge einschalten"),
    ("the bridge {bridge} is there and on", "die Bridge {bridge} ist da und eingeschaltet"),
    (
        "the bridge {bridge} has lost its address {address}: guests do not reach this computer",
        "die Bridge {bridge} hat ihre Adresse {address} verloren: Gäste erreichen diesen Rechner nicht",
    ),
    ("give the bridge its address back", "der Bridge ihre Adresse wiedergeben"),
    ("the bridge {bridge} has the address {address}", "die Bridge {bridge} hat die Adresse {address}"),
    (
        "the network card of VM '{vm}' has no other end: there is no {tap}",
        "die Netzwerkkarte der VM '{vm}' hat kein anderes Ende: {tap} gibt es nicht",
    ),
    ("start the VM anew", "die VM neu starten"),
    (
        "the network card of VM '{vm}' ({tap}) is not plugged into {bridge}",
        "die Netzwerkkarte der VM '{vm}' ({tap}) steckt nicht in {bridge}",
    ),
    (
        "the network card of VM '{vm}' ({tap}) is plugged into {other}, not into {bridge}",
        "die Netzwerkkarte der VM '{vm}' ({tap}) steckt in {other} statt in {bridge}",
    ),
    ("plug the network card in", "die Netzwerkkarte einstecken"),
    (
        "the network card of VM '{vm}' ({tap}) is switched off on this computer's side",
        "die Netzwerkkarte der VM '{vm}' ({tap}) ist auf der Seite dieses Rechners abgeschaltet",
    ),
    ("switch the network card on", "die Netzwerkkarte einschalten"),
    (
        "the network card of VM '{vm}' ({tap}) is plugged into {bridge}",
        "die Netzwerkkarte der VM '{vm}' ({tap}) steckt in {bridge}",
    ),
    ("the network cable of VM '{vm}' is plugged in", "das Netzwerkkabel der VM '{vm}' steckt"),
    (
        "the network cable of VM '{vm}' is plugged in, and unplugged from its next start on (link state of {mac} is down in its definition)",
        "das Netzwerkkabel der VM '{vm}' steckt, und ist von ihrem nächsten Start an gezogen (link state von {mac} ist in ihrer Definition down)",
    ),
    (
        "the network cable of VM '{vm}' is unplugged (link state of {mac} is down)",
        "das Netzwerkkabel der VM '{vm}' ist gezogen (link state von {mac} ist down)",
    ),
    (
        "plug the cable in; where the snapshot holds it unplugged, make the snapshot anew",
        "das Kabel einstecken; ist es auch im Snapshot gezogen, diesen neu machen",
    ),
    (
        "the filter '{filter}' stands between the network and VM '{vm}'",
        "zwischen dem Netz und der VM '{vm}' steht der Filter '{filter}'",
    ),
    ("see that the filter lets heartbeats pass", "darauf achten, dass der Filter Lebenszeichen durchlässt"),
    (
        "{tap} takes packets of {mine} bytes, {bridge} of {other}: large ones may be lost",
        "{tap} nimmt Pakete von {mine} Byte, {bridge} von {other}: große können verloren gehen",
    ),
    (
        "have both take the same size, which is 1500 as a rule",
        "beide dieselbe Größe nehmen lassen, in der Regel 1500",
    ),
    ("{tap} and {bridge} take packets of the same size", "{tap} und {bridge} nehmen gleich große Pakete"),
    (
        "the bridge {bridge} lets a guest wait {delay} s before it is heard: guests that ask for an address at once get none",
        "die Bridge {bridge} lässt einen Gast {delay} s warten, ehe er gehört wird: Gäste, die sofort nach einer Adresse fragen, bekommen keine",
    ),
    (
        "switch the spanning tree protocol of {bridge} off, where it leads to no second bridge",
        "das Spanning Tree Protocol von {bridge} abschalten, sofern sie zu keiner zweiten Bridge führt",
    ),
    (
        "the bridge {bridge} passes on at once what is plugged in",
        "die Bridge {bridge} leitet sofort weiter, was eingesteckt wird",
    ),
    ("VM '{vm}' has a network card", "die VM '{vm}' hat eine Netzwerkkarte"),
    (
        "VM '{vm}' has no network card, and heartbeats of its guest are waited for",
        "die VM '{vm}' hat keine Netzwerkkarte, und Lebenszeichen ihres Gasts werden erwartet",
    ),
    (
        "give it a network card, or write heartbeat = false for the exhibit",
        "ihr eine Netzwerkkarte geben oder beim Exponat heartbeat = false schreiben",
    ),
    ("the guest of VM '{vm}' has the address {address}", "der Gast der VM '{vm}' hat die Adresse {address}"),
    (
        "the guest of VM '{vm}' has not been heard of in its network: no lease, no address known of its card",
        "vom Gast der VM '{vm}' war in seinem Netz nichts zu hören: keine Adresse vergeben, keine seiner Karte bekannt",
    ),
    (
        "look in the guest whether its network card has a driver and asks for an address (DHCP); a snapshot without a network comes back without one",
        "im Gast nachsehen, ob seine Netzwerkkarte einen Treiber hat und nach einer Adresse fragt (DHCP); ein Snapshot ohne Netz kommt ohne Netz zurück",
    ),
    ("no two guests have the same address", "keine zwei Gäste haben dieselbe Adresse"),
    (
        "the guests of VM '{one}' and VM '{other}' both have the address {address}",
        "die Gäste der VM '{one}' und der VM '{other}' haben beide die Adresse {address}",
    ),
    (
        "give each guest an address of its own, or have both ask for one (DHCP), and make their snapshots anew",
        "jedem Gast eine eigene Adresse geben oder beide danach fragen lassen (DHCP), und ihre Snapshots neu machen",
    ),
    (
        "the API listens at {address} for the guest of VM '{vm}'",
        "die API hört unter {address} auf den Gast der VM '{vm}'",
    ),
    (
        "the guest of VM '{vm}' reaches this computer at {address}, where the API does not listen",
        "der Gast der VM '{vm}' erreicht diesen Rechner unter {address}, wo die API nicht zuhört",
    ),
    (
        "write listen = [{addresses}] below [api] in vitrine.toml, and restart Vitrine",
        "in vitrine.toml unter [api] listen = [{addresses}] schreiben und Vitrine neu starten",
    ),
    ("something listens at {address}", "unter {address} hört etwas zu"),
    (
        "Vitrine runs, and nothing listens at {address}, where guests ask",
        "Vitrine läuft, und unter {address}, wo Gäste fragen, hört nichts zu",
    ),
    (
        "see whether this computer has that address (ip address), and whether Vitrine was restarted since vitrine.toml was changed",
        "nachsehen, ob dieser Rechner die Adresse hat (ip address) und ob Vitrine seit der letzten Änderung an vitrine.toml neu gestartet wurde",
    ),
    (
        "'{program}' says what is not understood: {why}",
        "'{program}' sagt etwas, das nicht verstanden wird: {why}",
    ),
    ("the kernel's {file} cannot be read: {why}", "{file} des Kernels lässt sich nicht lesen: {why}"),
    (
        "libvirt's leases in {file} cannot be read: {why}",
        "die vergebenen Adressen in {file} lassen sich nicht lesen: {why}",
    ),
    ("the thread that looked at the network has ended", "der Thread, der nach dem Netz sah, ist zu Ende"),
    (
        "heartbeats of VM '{vm}' come from {from} to {to}, as its network leads",
        "Lebenszeichen der VM '{vm}' kommen von {from} an {to}, wie ihr Netz es vorgibt",
    ),
    ("no way of this computer leads to {address}", "kein Weg dieses Rechners führt zu {address}"),
    (
        "heartbeats of VM '{vm}' come from this computer itself ({from}), not from its guest",
        "Lebenszeichen der VM '{vm}' kommen von diesem Rechner selbst ({from}), nicht von ihrem Gast",
    ),
    (
        "where a proxy passes them on, let the guest call the API itself; a program here that beats in the guest's place hides that the artwork has stopped",
        "reicht ein Proxy sie weiter, den Gast die API selbst aufrufen lassen; ein Programm hier, das anstelle des Gastes Lebenszeichen gibt, verdeckt, dass das Kunstwerk steht",
    ),
    (
        "heartbeats of VM '{vm}' come from {from} by way of {device}, not from the network that its card is in",
        "Lebenszeichen der VM '{vm}' kommen von {from} über {device}, nicht aus dem Netz, in dem ihre Karte steckt",
    ),
    (
        "see who that is: whatever lies on that way puts the artwork back when it fails; have the guest's program call this computer's address in the guest's own network",
        "nachsehen, wer das ist: fällt etwas auf diesem Weg aus, wird das Kunstwerk zurückgesetzt; das Programm im Gast die Adresse dieses Rechners im Netz des Gastes aufrufen lassen",
    ),
    (
        "heartbeats of VM '{vm}' come from the guest of VM '{other}' ({from})",
        "Lebenszeichen der VM '{vm}' kommen vom Gast der VM '{other}' ({from})",
    ),
    (
        "heartbeats of VM '{vm}' come from {from}, whose network card {mac} is none of the VM's",
        "Lebenszeichen der VM '{vm}' kommen von {from}, dessen Netzwerkkarte {mac} keine der VM ist",
    ),
    (
        "see what beats there: as long as it does, nobody notices that this artwork has stopped; each guest names its own exhibit, or none",
        "nachsehen, was dort Lebenszeichen gibt: solange es das tut, merkt niemand, dass dieses Kunstwerk steht; jeder Gast nennt sein eigenes Exponat oder keines",
    ),
    (
        "the guest of VM '{vm}' sends its heartbeats to {to} of {device}: they stop when that loses its cable or its address",
        "der Gast der VM '{vm}' sendet seine Lebenszeichen an {to} von {device}: sie bleiben aus, wenn das sein Kabel oder seine Adresse verliert",
    ),
    (
        "have its program call {address}, which is always there, and make the snapshot anew",
        "sein Programm {address} aufrufen lassen, das immer da ist, und den Snapshot neu anlegen",
    ),
    (
        "no address is free at {bridge} to ask from",
        "an {bridge} ist keine Adresse frei, von der aus gefragt werden könnte",
    ),
    ("no network namespace can be made", "es lässt sich kein Netzwerk-Namensraum anlegen"),
    (
        "the bridge {bridge} is not libvirt's, and is left alone",
        "die Bridge {bridge} gehört nicht libvirt und bleibt unberührt",
    ),
    ("only root may see the firewall's rules", "die Regeln der Firewall darf nur root sehen"),
];
