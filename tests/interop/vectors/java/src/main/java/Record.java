// SPDX-License-Identifier: MIT

import com.aliyun.teaopenapi.models.Config;
import com.aliyun.teaopenapi.models.OpenApiRequest;
import com.aliyun.teaopenapi.models.Params;
import com.aliyun.teautil.models.RuntimeOptions;
import com.aliyuncs.CommonRequest;
import com.aliyuncs.DefaultAcsClient;
import com.aliyuncs.auth.BasicCredentials;
import com.aliyuncs.auth.BasicSessionCredentials;
import com.aliyuncs.auth.SignatureVersion;
import com.aliyuncs.http.FormatType;
import com.aliyuncs.http.MethodType;
import com.aliyuncs.http.ProtocolType;
import com.aliyuncs.profile.DefaultProfile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URLDecoder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Drives the official Java clients (the openapi core and the older SDK core) with fake keys against a local
 * server and writes what they sent. The calls are the same in each run; time and nonces are the clients' own:
 *
 * <pre>mvn -q compile exec:java -Dexec.args=../../../data/sign_vectors_java.txt</pre>
 */
public final class Record {
    private static final int PORT = 18083;
    private static final String ENDPOINT = "127.0.0.1:" + PORT;
    private static final Random random = new Random(20160428);
    private static final List<String> lines = new ArrayList<>();

    private static final String[] VALUES = {"eu-central-1", "", " ", "a b", "a+b", "a*b", "~", "it's", "(x)!", "k=v&w",
        "100%", "é", "网络", "😀", "a/b:c@d,e;f$g?h#i", "x".repeat(60), "acs:ram::1:role/r", "[1]", "{\"a\":1}",
        "1234567890123456789", "\\", "%41", "\"", "<a>|^`", "a\tb\nc"};
    private static final String[] NAMES = {"RegionId", "VpcId", "Name", "Tag.1.Key", "Tag.10.Key", "Tag.2.Key", "a",
        "A", "Z", "_x", "dash-ed", "z~9", "with space", "名"};
    private static final String[] PATHS = {"/", "/api/v1/projects/a%20b", "/x.y/z-1~", "/a+b/c*d", "/a:b@c,d;e=f&g$h",
        "/it's/(x)!", "/%E7%BD%91/%7Eroot", "/a//b/", "/k8s/%2F"};

    private record Key(String id, String secret, String token) {}

    private static final Key[] KEYS = {new Key("testid", "testsecret", null),
        new Key("LTAI5tExampleExample", "/+=~ %26&*!()网", null),
        new Key("STS.testid", "testStsSecret", "CAIS+/token==")};

    /* --- what came over the wire --- */

    private record Header(byte[] name, byte[] value) {
        boolean is(String other) {
            return text(name).equalsIgnoreCase(other);
        }
    }

    private record Received(String method, byte[] target, List<Header> headers, byte[] body) {
        String header(String name) {
            return headers.stream().filter(h -> h.is(name)).map(h -> text(h.value)).findFirst().orElse(null);
        }

        String parameter(String name) {
            String target = text(this.target);
            for (String part : target.substring(target.indexOf('?') + 1).split("&"))
                if (part.startsWith(name + "="))
                    return URLDecoder.decode(part.substring(name.length() + 1), StandardCharsets.UTF_8);
            return null;
        }
    }

    private static final List<Received> received = new ArrayList<>();

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static byte[] line(InputStream in) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int c = in.read();
        if (c < 0)
            return null;
        for (; c >= 0 && c != '\n'; c = in.read())
            out.write(c);
        byte[] bytes = out.toByteArray();
        return bytes.length > 0 && bytes[bytes.length - 1] == '\r' ? Arrays.copyOf(bytes, bytes.length - 1) : bytes;
    }

    private static byte[] body(InputStream in, Received head) throws IOException {
        if (!"chunked".equalsIgnoreCase(head.header("transfer-encoding"))) {
            String length = head.header("content-length");
            return in.readNBytes(length == null ? 0 : Integer.parseInt(length));
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int size = -1; size != 0;) {
            size = Integer.parseInt(text(line(in)).trim(), 16);
            out.write(in.readNBytes(size));
            line(in);
        }
        return out.toByteArray();
    }

    /** One request of a connection; null at its end. */
    private static Received read(InputStream in) throws IOException {
        byte[] first = line(in);
        if (first == null)
            return null;
        String start = text(first);
        int from = start.indexOf(' '), to = start.lastIndexOf(' ');
        List<Header> headers = new ArrayList<>();
        for (byte[] next = line(in); next != null && next.length > 0; next = line(in)) {
            int colon = text(next).indexOf(':');
            int value = colon + 1 < next.length && next[colon + 1] == ' ' ? colon + 2 : colon + 1;
            headers.add(new Header(Arrays.copyOf(next, colon), Arrays.copyOfRange(next, value, next.length)));
        }
        Received head = new Received(start.substring(0, from), Arrays.copyOfRange(first, from + 1, to), headers, null);
        return new Received(head.method, head.target, headers, body(in, head));
    }

    private static void answer(Socket socket) {
        byte[] json = "{\"RequestId\":\"1\"}".getBytes(StandardCharsets.UTF_8);
        String head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: " + json.length
            + "\r\n\r\n";
        try (socket) {
            InputStream in = socket.getInputStream();
            for (Received next = read(in); next != null; next = read(in)) {
                synchronized (received) {
                    received.add(next);
                }
                socket.getOutputStream().write((head + text(json)).getBytes(StandardCharsets.ISO_8859_1));
            }
        } catch (IOException e) {
            System.err.println("connection: " + e.getMessage());
        }
    }

    private static void serve(ServerSocket server) {
        try {
            for (;;) {
                Socket socket = server.accept();
                Thread thread = new Thread(() -> answer(socket));
                thread.setDaemon(true);
                thread.start();
            }
        } catch (IOException closed) {
            return; // the end of the recording
        }
    }

    /* --- one line per request --- */

    private static String escape(byte[] bytes) {
        StringBuilder out = new StringBuilder();
        for (byte b : bytes)
            out.append(b >= 0x20 && b <= 0x7e && b != '%' ? String.valueOf((char) b) : "%%%02X".formatted(b & 0xff));
        return out.toString();
    }

    private static String escape(String text) {
        return escape(text.getBytes(StandardCharsets.UTF_8));
    }

    private static long time(Received request) {
        for (String iso : new String[] {request.header("x-acs-date"), request.parameter("Timestamp")})
            if (iso != null)
                return Instant.parse(iso).getEpochSecond();
        return ZonedDateTime.parse(request.header("date"), DateTimeFormatter.RFC_1123_DATE_TIME).toEpochSecond();
    }

    /* Of the connection, not of the request; the other generators leave them out, too. */
    private static final List<String> DROPPED = List.of("connection", "content-length", "transfer-encoding",
        "accept-encoding");

    /**
     * Writes the one request that came. `faults` tells where the client itself breaks the documented signature, so
     * that a strict server refuses the request:
     * empty-unsigned: a parameter with an empty value is sent, but not signed;
     * body-unsigned: a raw body is sent under the hash of an empty one;
     * path-rewritten: the HTTP library changed the path after it was signed.
     */
    private static void record(String client, String scheme, Key key, String style, List<String> faults) {
        Received request;
        synchronized (received) {
            if (received.size() != 1)
                throw new IllegalStateException(received.size() + " requests for one call of " + client);
            request = received.remove(0);
        }
        List<String> out = new ArrayList<>(List.of("client=" + client, "scheme=" + scheme, "id=" + key.id,
            "secret=" + escape(key.secret)));
        if (key.token != null)
            out.add("token=" + escape(key.token));
        if (!faults.isEmpty())
            out.add("fault=" + String.join(",", faults));
        out.addAll(List.of("style=" + style, "verify=only", "time=" + time(request), "method=" + request.method,
            "target=" + escape(request.target)));
        for (Header header : request.headers)
            if (!DROPPED.contains(text(header.name).toLowerCase()))
                out.add("h=" + escape(header.name) + ":" + escape(header.value));
        if (request.body.length > 0)
            out.add("body=" + escape(request.body));
        lines.add(String.join("\t", out));
    }

    @SafeVarargs
    private static <T> T pick(T... items) {
        return items[random.nextInt(items.length)];
    }

    /** Up to `most` parameters whose names are not among those of `other`. */
    private static Map<String, String> parameters(int most, Map<String, String> other) {
        Map<String, String> map = new LinkedHashMap<>();
        for (int left = random.nextInt(most + 1); left > 0; left--) {
            String name = pick(NAMES), value = pick(VALUES);
            if (!other.containsKey(name))
                map.put(name, value);
        }
        return map;
    }

    /* --- com.aliyun:tea-openapi --- */

    private static void teaCall(int number, boolean v2, String style) throws Exception {
        Key key = KEYS[number % KEYS.length];
        Config config = new Config().setEndpoint(ENDPOINT).setProtocol("http").setAccessKeyId(key.id)
            .setAccessKeySecret(key.secret).setSignatureAlgorithm(v2 ? "v2" : null);
        if (key.token != null)
            config.setSecurityToken(key.token).setType("sts");
        boolean rpc = style.equals("RPC");
        String method = rpc ? pick("POST", "GET") : pick("GET", "PUT", "POST", "DELETE");
        String kind = v2 && rpc ? "formData" : pick("formData", "json", "json", "byte");
        if (v2 && kind.equals("byte"))
            kind = "json";
        Map<String, String> query = parameters(7, Map.of());
        if (number % 8 == 7)
            query.put("Empty", "");
        OpenApiRequest request = new OpenApiRequest().setQuery(query);
        Map<String, Object> body = new LinkedHashMap<>(parameters(5, query));
        if (random.nextInt(3) == 0)
            body.put("List", List.of(pick(VALUES), Map.of("Key", pick(VALUES)), 7, true));
        boolean carries = method.equals("POST") || method.equals("PUT");
        if (carries && kind.equals("byte"))
            request.setBody(new byte[] {0, 1, -1, '\r', '\n', '%', '&', '='});
        else if (carries && !body.isEmpty())
            request.setBody(body);
        if (random.nextInt(4) == 0)
            request.setHeaders(Map.of("x-acs-custom", "a b"));
        Params params = new Params().setAction("DescribeVpcs").setVersion("2016-04-28").setProtocol("HTTP")
            .setMethod(method).setAuthType("AK").setStyle(style).setPathname(rpc ? "/" : pick(PATHS))
            .setReqBodyType(kind).setBodyType("json");
        new com.aliyun.teaopenapi.Client(config).callApi(params, request, new RuntimeOptions());
        List<String> faults = v2 && rpc && query.containsValue("") ? List.of("empty-unsigned") : List.of();
        record("openapi-java", !v2 ? "acs3" : rpc ? "rpc" : "roa", key, style, faults);
    }

    /* --- com.aliyun:aliyun-java-sdk-core --- */

    private static void coreCall(int number, boolean v3, String style) throws Exception {
        Key key = KEYS[number % KEYS.length];
        DefaultAcsClient client = new DefaultAcsClient(DefaultProfile.getProfile("eu-central-1"), key.token == null
            ? new BasicCredentials(key.id, key.secret) : new BasicSessionCredentials(key.id, key.secret, key.token));
        boolean rpc = style.equals("RPC");
        List<String> faults = new ArrayList<>();
        CommonRequest request = new CommonRequest();
        request.setSysProtocol(ProtocolType.HTTP);
        request.setSysDomain(ENDPOINT);
        request.setSysVersion("2016-04-28");
        request.setSysAction("DescribeVpcs");
        if (v3)
            request.setSysSignatureVersion(SignatureVersion.V3);
        if (!rpc) {
            String path = pick(PATHS);
            if (path.contains("//"))
                faults.add("path-rewritten");
            request.setSysUriPattern(random.nextBoolean() ? path : "/items/[Item]" + path);
            request.putPathParameter("Item", pick("i-1", "a%20b", "x.y~z"));
        }
        MethodType method = rpc ? pick(MethodType.GET, MethodType.POST)
            : pick(MethodType.GET, MethodType.PUT, MethodType.POST, MethodType.DELETE);
        request.setSysMethod(method);
        Map<String, String> query = parameters(7, Map.of());
        if (number % 8 == 7)
            query.put("Empty", "");
        query.forEach(request::putQueryParameter);
        if (method == MethodType.POST || method == MethodType.PUT) {
            Map<String, String> body = parameters(5, query);
            if (rpc || random.nextBoolean())
                body.forEach(request::putBodyParameter);
            else {
                byte[] json = "{\"Name\":\"网络 ~\"}".getBytes(StandardCharsets.UTF_8);
                request.setHttpContent(json, "utf-8", FormatType.JSON);
                if (v3)
                    faults.add("body-unsigned");
            }
        }
        client.getCommonResponse(request);
        client.shutdown();
        record("java-sdk-core", v3 ? "acs3" : rpc ? "rpc" : "roa", key, style, faults);
    }

    public static void main(String[] arguments) throws Exception {
        // The clients turn secrets and texts into bytes with it.
        if (!Charset.defaultCharset().equals(StandardCharsets.UTF_8))
            throw new IllegalStateException("run with -Dfile.encoding=UTF-8 in MAVEN_OPTS");
        try (ServerSocket server = new ServerSocket(PORT, 50, InetAddress.getByName("127.0.0.1"))) {
            Thread thread = new Thread(() -> serve(server));
            thread.setDaemon(true);
            thread.start();
            for (int i = 0; i < 18; i++)
                for (String style : new String[] {"RPC", "ROA"}) {
                    teaCall(i, false, style);
                    teaCall(i, true, style);
                    coreCall(i, false, style);
                }
            for (int i = 0; i < 6; i++)
                for (String style : new String[] {"RPC", "ROA"})
                    coreCall(i, true, style);
        }
        Files.writeString(Path.of(arguments[0]), "# %d requests as sent by %s; made by tests/interop/vectors/java\n"
            .formatted(lines.size(), System.getProperty("versions")) + String.join("\n", lines) + "\n");
        System.out.println(lines.size() + " requests");
    }
}
