// SPDX-License-Identifier: MIT

// Drives the official Go core against a local server and writes what it sent. Its clock and nonces cannot be
// pinned from outside, so each run gives other lines of the same kinds:
//
//	go run . ../../../data/sign_vectors_go.txt
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	"github.com/alibabacloud-go/darabonba-openapi/v2/utils"
	"github.com/alibabacloud-go/tea/dara"
)

func esc(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c <= 0x7e && c != '%' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func str(s string) *string { return &s }

func main() {
	var got string
	ln, _ := net.Listen("tcp", "127.0.0.1:18082")
	go http.Serve(ln, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = "method=" + r.Method + "\ttarget=" + esc(r.RequestURI) + "\th=host:" + r.Host
		for k, vs := range r.Header {
			for _, v := range vs {
				got += "\th=" + k + ":" + esc(v)
			}
		}
		if len(body) > 0 {
			got += "\tbody=" + esc(string(body))
		}
		w.Header().Set("content-type", "application/json")
		w.Write([]byte(`{"RequestId":"1"}`))
	}))
	out, _ := os.Create(os.Args[1])
	values := []string{"", " ", "a b", "a+b", "a*b", "~", "it's (x)!", "k=v&w", "100%", "网络", "a/b:c@d,e;f$g?h#i", "[1]", `{"a":1}`}
	n := 0
	fmt.Fprintln(out, "# requests as sent by github.com/alibabacloud-go/darabonba-openapi/v2; made by tests/interop/vectors/go")
	for _, alg := range []string{"", "v2"} {
		for _, style := range []string{"RPC", "ROA"} {
			for _, method := range []string{"GET", "POST"} {
				for i := range values {
					token := ""
					if i%3 == 0 {
						token = "CAIS+/token=="
					}
					cfg := &utils.Config{Endpoint: str("127.0.0.1:18082"), Protocol: str("http"), AccessKeyId: str("testid"), AccessKeySecret: str("testsecret")}
					if token != "" {
						cfg.SecurityToken = str(token)
					}
					if alg != "" {
						cfg.SignatureAlgorithm = str(alg)
					}
					c, err := openapi.NewClient(cfg)
					if err != nil {
						panic(err)
					}
					path := "/"
					if style == "ROA" {
						path = "/api/v1/projects/a%20b"
					}
					kind := "formData"
					if style == "ROA" {
						kind = "json"
					}
					req := &utils.OpenApiRequest{Query: map[string]*string{"RegionId": str("x"), "Name": str(values[i]), "Tag.1.Key": str(values[(i+3)%len(values)])}}
					if method == "POST" && i%2 == 0 {
						req.Body = map[string]interface{}{"Form": values[i], "List": []string{"a", "b c"}}
					}
					p := &utils.Params{Action: str("DescribeVpcs"), Version: str("2016-04-28"), Protocol: str("HTTP"), Pathname: str(path), Method: str(method), AuthType: str("AK"), Style: str(style), ReqBodyType: str(kind), BodyType: str("json")}
					if _, err := c.CallApi(p, req, &dara.RuntimeOptions{}); err != nil {
						fmt.Println(err)
					}
					scheme := "acs3"
					if alg != "" {
						scheme = map[string]string{"RPC": "rpc", "ROA": "roa"}[style]
					}
					fmt.Fprintf(out, "client=openapi-go\tscheme=%s\tid=testid\tsecret=testsecret\t", scheme)
					if token != "" {
						fmt.Fprintf(out, "token=%s\t", esc(token))
					}
					fmt.Fprintf(out, "verify=only\ttime=%d\t%s\n", time.Now().Unix(), got)
					n++
				}
			}
		}
	}
	out.Close()
	fmt.Println(n)
}
